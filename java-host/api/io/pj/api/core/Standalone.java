package io.pj.api.core;

import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The one application of a JVM that is no host: started by pj with a JVM of its own, or by anybody. */
final class Standalone {
    private static final String VOLUME_PROPERTY = "pj.volume.";
    private static final String VOLUME_VARIABLE = "PJ_VOLUME_";
    /** First words of the properties that the JVM sets itself. */
    private static final String[] OF_THE_JVM = {"java.", "jdk.", "sun.", "os.", "user.", "file.", "line.", "path.", "native.", "awt.", "stdout.", "stderr.", "stdin."};

    private static Application application;

    private Standalone() {}

    static synchronized Application application() {
        if (application == null) application = Privileged.call(Standalone::make);
        return application;
    }

    private static Application make() {
        String id = System.getProperty("pj.id", System.getenv("PJ_ID"));
        return new Application(new Router(), new Registry(), new Setup(
                id == null ? "this application" : id,
                id,
                true,
                sizes(),
                new Volumes(),
                () -> Privileged.call(Standalone::config),
                System::getProperty,
                Standalone::isShared,
                // The thread that asks first may be in a group that ends.
                root(),
                ClassLoader::getSystemClassLoader,
                () -> {},
                System.err,
                Standalone::atEnd));
    }

    private static void atEnd(Thread hook) {
        Privileged.call(() -> {
            Runtime.getRuntime().addShutdownHook(hook);
            return null;
        });
    }

    private static ThreadGroup root() {
        ThreadGroup group = Thread.currentThread().getThreadGroup();
        while (group.getParent() != null && group.getParent().getParent() != null) group = group.getParent();
        return group;
    }

    /** As in a host JVM that has no shared class path: what works here works there. */
    private static boolean isShared(Class<?> type) {
        Class<?> one = type;
        while (one.isArray()) one = one.getComponentType();
        ClassLoader loader = one.getClassLoader();
        return loader == null || loader == ClassLoader.getPlatformClassLoader();
    }

    private static Setup.Sizes sizes() {
        int core = number("corePoolSize", Setup.Sizes.DEFAULT.core());
        int max = number("maxPoolSize", Math.max(1, core));
        return new Setup.Sizes(core, max, number("queueCapacity", Setup.Sizes.DEFAULT.queue()), number("keepAlive", Setup.Sizes.DEFAULT.keepAlive()));
    }

    private static int number(String key, int otherwise) {
        String value = System.getProperty("pj.threadPool." + key);
        if (value == null) return otherwise;
        try {
            return (int) Math.ceil(Double.parseDouble(value));
        } catch (NumberFormatException e) {
            throw new IllegalStateException("system property pj.threadPool." + key + " is no number: " + value);
        }
    }

    private static Map<String, String> config() {
        Map<String, String> config = new TreeMap<>();
        for (String name : System.getProperties().stringPropertyNames()) {
            boolean ofTheJvm = false;
            for (String prefix : OF_THE_JVM) ofTheJvm |= name.startsWith(prefix);
            if (!ofTheJvm) config.put(name, System.getProperty(name));
        }
        return Collections.unmodifiableMap(config);
    }

    /** By system property, else by environment, where names are in capitals. */
    private static final class Volumes implements Setup.Places {
        @Override
        public Path of(String name) {
            String path = Privileged.call(() -> System.getProperty(VOLUME_PROPERTY + name, System.getenv(variable(name))));
            return path == null ? null : Path.of(path);
        }

        @Override
        public Collection<String> names() {
            return Privileged.call(Volumes::all);
        }

        private static Set<String> all() {
            Set<String> names = new TreeSet<>();
            Set<String> told = new HashSet<>();
            for (String property : System.getProperties().stringPropertyNames()) {
                if (!property.startsWith(VOLUME_PROPERTY)) continue;
                names.add(property.substring(VOLUME_PROPERTY.length()));
                told.add(variable(property.substring(VOLUME_PROPERTY.length())));
            }
            for (String variable : System.getenv().keySet()) if (variable.startsWith(VOLUME_VARIABLE) && !told.contains(variable)) names.add(variable);
            return names;
        }

        private static String variable(String name) {
            return VOLUME_VARIABLE + name.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_");
        }
    }
}
