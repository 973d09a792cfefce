package io.pj.guard;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URL;
import java.net.URLStreamHandlerFactory;
import java.util.Arrays;
import java.util.Properties;
import java.util.function.Supplier;

/**
 * What classes of applications call in place of methods and fields that concern the whole JVM: io.pj.host.ClassRewriter puts these in, under the same names, an
 * instance method with its object first. For code that belongs to no application each does what the original does.
 */
public final class Guard {
    private static volatile Supplier<Application> current = () -> null;
    private static boolean bound;

    private Guard() {}

    /** Once, by the host: how the application of the calling thread is found; null from it: none. Throws IllegalStateException the second time. */
    public static synchronized void bind(Supplier<Application> finder) {
        if (bound) throw new IllegalStateException("the host has bound it already");
        bound = true;
        current = finder;
    }

    public static void exit(int code) {
        Application app = current.get();
        if (app != null) app.exit(code);
        else System.exit(code);
    }

    public static void exit(Runtime runtime, int code) {
        Application app = current.get();
        if (app != null) app.exit(code);
        else runtime.exit(code);
    }

    public static void halt(Runtime runtime, int code) {
        Application app = current.get();
        if (app != null) app.exit(code);
        else runtime.halt(code);
    }

    public static void addShutdownHook(Runtime runtime, Thread hook) {
        Application app = current.get();
        if (app != null) app.addShutdownHook(hook);
        else runtime.addShutdownHook(hook);
    }

    public static boolean removeShutdownHook(Runtime runtime, Thread hook) {
        Application app = current.get();
        return app != null ? app.removeShutdownHook(hook) : runtime.removeShutdownHook(hook);
    }

    public static PrintStream out() {
        Application app = current.get();
        return app != null ? app.out() : System.out;
    }

    public static PrintStream err() {
        Application app = current.get();
        return app != null ? app.err() : System.err;
    }

    public static InputStream in() {
        Application app = current.get();
        return app != null ? app.in() : System.in;
    }

    public static void setOut(PrintStream out) {
        Application app = current.get();
        if (app != null) app.setOut(out);
        else System.setOut(out);
    }

    public static void setErr(PrintStream err) {
        Application app = current.get();
        if (app != null) app.setErr(err);
        else System.setErr(err);
    }

    public static void setIn(InputStream in) {
        Application app = current.get();
        if (app != null) app.setIn(in);
        else System.setIn(in);
    }

    public static void setProperties(Properties properties) {
        Application app = current.get();
        if (app != null) app.setProperties(properties);
        else System.setProperties(properties);
    }

    public static void setSecurityManager(SecurityManager manager) {
        if (current.get() != null) {
            throw new SecurityException("an application in a shared JVM sets no SecurityManager: its `security` says what it may do");
        }
        System.setSecurityManager(manager);
    }

    public static void setDefaultUncaughtExceptionHandler(Thread.UncaughtExceptionHandler handler) {
        Application app = current.get();
        if (app != null) app.setUncaughtHandler(handler);
        else Thread.setDefaultUncaughtExceptionHandler(handler);
    }

    public static Thread.UncaughtExceptionHandler getDefaultUncaughtExceptionHandler() {
        Application app = current.get();
        return app != null ? app.uncaughtHandler() : Thread.getDefaultUncaughtExceptionHandler();
    }

    /** The JVM takes one for ever, and keeps every handler that it made: an application's could never be unloaded. */
    public static void setURLStreamHandlerFactory(URLStreamHandlerFactory factory) {
        Application app = current.get();
        if (app == null) URL.setURLStreamHandlerFactory(factory);
        else app.tell("URL.setURLStreamHandlerFactory is left out: it is the whole JVM's, which others share (java.jvm: own has it)");
    }

    /** No interrupt ends a thread that waits in this, or in the two that follow: the host closes the socket when the application is stopped. */
    public static Socket accept(ServerSocket server) throws IOException {
        Application app = current.get();
        if (app == null) return server.accept();
        app.opened(server);
        Socket accepted = server.accept();
        app.opened(accepted);
        return accepted;
    }

    public static InputStream getInputStream(Socket socket) throws IOException {
        Application app = current.get();
        if (app != null) app.opened(socket);
        return socket.getInputStream();
    }

    public static void receive(DatagramSocket socket, DatagramPacket packet) throws IOException {
        Application app = current.get();
        if (app != null) app.opened(socket);
        socket.receive(packet);
    }

    public static Method getMethod(Class<?> owner, String name, Class<?>[] types) throws NoSuchMethodException {
        return guarded(owner.getMethod(name, types));
    }

    public static Method getDeclaredMethod(Class<?> owner, String name, Class<?>[] types) throws NoSuchMethodException {
        return guarded(owner.getDeclaredMethod(name, types));
    }

    public static Method[] getMethods(Class<?> owner) {
        return guarded(owner, owner.getMethods());
    }

    public static Method[] getDeclaredMethods(Class<?> owner) {
        return guarded(owner, owner.getDeclaredMethods());
    }

    public static MethodHandle findStatic(MethodHandles.Lookup lookup, Class<?> owner, String name, MethodType type)
            throws NoSuchMethodException, IllegalAccessException {
        MethodHandle found = lookup.findStatic(owner, name, type);
        return watched(owner) && Reflected.of(name, type.parameterArray()) != null ? MethodHandles.publicLookup().findStatic(Guard.class, name, type) : found;
    }

    public static MethodHandle findVirtual(MethodHandles.Lookup lookup, Class<?> owner, String name, MethodType type)
            throws NoSuchMethodException, IllegalAccessException {
        MethodHandle found = lookup.findVirtual(owner, name, type);
        if (owner != Runtime.class || Reflected.of(name, type.parameterArray()) == null) return found;
        return MethodHandles.publicLookup().findStatic(Guard.class, name, type.insertParameterTypes(0, Runtime.class));
    }

    private static boolean watched(Class<?> owner) {
        return owner == System.class || owner == Runtime.class || owner == Thread.class;
    }

    private static Method[] guarded(Class<?> owner, Method[] methods) {
        if (Thread.class.isAssignableFrom(owner) || watched(owner)) Arrays.setAll(methods, i -> guarded(methods[i]));
        return methods;
    }

    /** A static method takes whatever object `invoke` is given: so Reflected's stand in for those of Runtime too. */
    private static Method guarded(Method method) {
        if (!watched(method.getDeclaringClass())) return method;
        Method instead = Reflected.of(method.getName(), method.getParameterTypes());
        return instead == null ? method : instead;
    }
}
