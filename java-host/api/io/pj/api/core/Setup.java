package io.pj.api.core;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * What an application stands on, in a shared JVM or alone.
 *
 * @param name of the workload, for people, and the same for a successor of it
 * @param id null: it has none
 * @param messaging whether it may use the bus
 * @param volumes where they are; asked with every call
 * @param config its properties
 * @param property reads one system property
 * @param shared tells whether all applications see this class
 * @param group of its threads
 * @param loader context loader of its threads
 * @param enter runs first in each of its threads
 * @param log takes lines for its log
 * @param onStop registers a hook
 */
public record Setup(
        String name,
        String id,
        boolean messaging,
        Sizes sizes,
        Places volumes,
        Supplier<Map<String, String>> config,
        Function<String, String> property,
        Predicate<Class<?>> shared,
        ThreadGroup group,
        Supplier<ClassLoader> loader,
        Runnable enter,
        PrintStream log,
        Consumer<Thread> onStop) {
    /** The volumes of an application. */
    public interface Places {
        /** Null: there is none of this name. */
        Path of(String name);

        Collection<String> names();
    }

    /** Threads, threads, tasks, seconds. */
    public record Sizes(int core, int max, int queue, int keepAlive) {
        public static final Sizes DEFAULT = new Sizes(1, 1, 100, 60);

        public Sizes {
            if (core < 0 || max < 1 || max < core || queue < 0 || keepAlive < 0) {
                throw new IllegalArgumentException("a pool of " + core + " to " + max + " threads, " + queue + " waiting, " + keepAlive + " s cannot be");
            }
        }
    }
}
