package io.pj.guard;

import java.io.InputStream;
import java.io.PrintStream;
import java.lang.reflect.Method;
import java.util.Properties;

/** What stands for the methods of System, Runtime and Thread that Guard replaces where an application looks them up by reflection. */
public final class Reflected {
    private Reflected() {}

    /** What stands for a method of this name; null: nothing does. */
    static Method of(String name, Class<?>[] types) {
        try {
            Method found = Reflected.class.getMethod(name, types);
            return found.getDeclaringClass() == Reflected.class ? found : null;
        } catch (NoSuchMethodException notGuarded) {
            return null;
        }
    }

    public static void exit(int code) {
        Guard.exit(code);
    }

    public static void halt(int code) {
        Guard.halt(Runtime.getRuntime(), code);
    }

    public static void addShutdownHook(Thread hook) {
        Guard.addShutdownHook(Runtime.getRuntime(), hook);
    }

    public static boolean removeShutdownHook(Thread hook) {
        return Guard.removeShutdownHook(Runtime.getRuntime(), hook);
    }

    public static void setOut(PrintStream out) {
        Guard.setOut(out);
    }

    public static void setErr(PrintStream err) {
        Guard.setErr(err);
    }

    public static void setIn(InputStream in) {
        Guard.setIn(in);
    }

    public static void setProperties(Properties properties) {
        Guard.setProperties(properties);
    }

    public static void setSecurityManager(SecurityManager manager) {
        Guard.setSecurityManager(manager);
    }

    public static void setDefaultUncaughtExceptionHandler(Thread.UncaughtExceptionHandler handler) {
        Guard.setDefaultUncaughtExceptionHandler(handler);
    }

    public static Thread.UncaughtExceptionHandler getDefaultUncaughtExceptionHandler() {
        return Guard.getDefaultUncaughtExceptionHandler();
    }
}
