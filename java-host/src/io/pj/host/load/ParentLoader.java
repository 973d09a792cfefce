package io.pj.host.load;

import java.net.URL;
import java.util.HashMap;
import java.util.Map;

/**
 * What every application sees besides its own: the JDK, io.pj.api and io.pj.guard. Nothing else of the host's class path.
 */
public final class ParentLoader extends ClassLoader {
    private static final ClassLoader SYSTEM = ClassLoader.getSystemClassLoader();
    private static final ClassLoader PLATFORM = ClassLoader.getPlatformClassLoader();
    /** Packages of the JDK and the loader that has them: modules such as jdk.compiler are the system loader's. */
    private static final Map<String, ClassLoader> JDK = new HashMap<>();

    static {
        registerAsParallelCapable();
        for (Module module : ModuleLayer.boot().modules()) {
            ClassLoader loader = module.getClassLoader() == SYSTEM ? SYSTEM : PLATFORM;
            for (String name : module.getPackages()) JDK.put(name, loader);
        }
    }

    public ParentLoader() {
        super("pj", PLATFORM);
    }

    /** A class of a package that the JDK has: never taken from an application's class path, as in a JVM of its own. */
    static boolean ofJdk(String name) {
        return JDK.containsKey(packageOf(name));
    }

    static String packageOf(String name) {
        int dot = name.lastIndexOf('.');
        return dot < 0 ? "" : name.substring(0, dot);
    }

    /** What applications may see of the host's class path. */
    static boolean ofHost(String name) {
        return name.startsWith("io.pj.api.") || name.startsWith("io.pj.guard.");
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        if (ofHost(name) || JDK.get(packageOf(name)) == SYSTEM) return SYSTEM.loadClass(name);
        throw new ClassNotFoundException(name);
    }

    @Override
    protected URL findResource(String name) {
        return name.startsWith("io/pj/api/") ? SYSTEM.getResource(name) : null;
    }
}
