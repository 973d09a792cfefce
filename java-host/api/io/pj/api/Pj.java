package io.pj.api;

import io.pj.api.core.Application;
import io.pj.api.core.Current;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ExecutorService;

/**
 * What pj offers to an application that wants to know of it. Every method works in a JVM that applications share, where each application has its own,
 * and in a JVM of its own, under pj or not: bus and services then reach no further than this one application.
 *
 * <p>In a shared JVM the application is told by the calling thread: its thread group, else its context class loader. All methods throw
 * {@link IllegalStateException} in a thread that belongs to no application, and after the application was stopped.
 */
public final class Pj {
    private Pj() {}

    /** The id of this workload (`applicationId`); null in a JVM that pj did not start. */
    public static String id() {
        return current().id();
    }

    /**
     * The message bus between the applications of this JVM.
     *
     * @throws IllegalStateException when the descriptor of this application does not say {@code java.enableMessaging: true} (shared JVM only)
     */
    public static Bus bus() {
        return current().bus();
    }

    /** The services that applications of this JVM offer to each other. */
    public static Services services() {
        return current().services();
    }

    /**
     * The bounded pool of this application, as {@code java.threadPool} of its descriptor says: {@code corePoolSize} (1) threads, up to {@code maxPoolSize} (as
     * core) when {@code queueCapacity} (100) tasks wait already; one more task is refused with {@link java.util.concurrent.RejectedExecutionException}. Threads
     * above core end after {@code keepAlive} (60) seconds without work. Tasks that are there keep the application running; idle threads do not. pj shuts it down
     * when the application stops: {@code shutdown}, {@code shutdownNow} and {@code close} of it throw UnsupportedOperationException.
     */
    public static ExecutorService executor() {
        return current().executor();
    }

    /**
     * The folder of a volume, {@code name} as in {@code volumes} of the descriptor. Outside of a shared JVM from the system property {@code pj.volume.NAME}, else
     * the environment's {@code PJ_VOLUME_NAME} (name in capitals, {@code _} for all but letters and digits).
     *
     * @throws IllegalArgumentException when there is none of this name; the message names those that there are
     */
    public static Path volume(String name) {
        return current().volume(name);
    }

    /**
     * {@code properties} of the descriptor, as they were at start; not to be changed. In a JVM of its own: the system properties that are not the JVM's own.
     */
    public static Map<String, String> config() {
        return current().config();
    }

    /** The system property as this application sees it; null: it is not set. */
    public static String property(String name) {
        return current().property(name);
    }

    /** The system property as this application sees it, or {@code otherwise}. */
    public static String property(String name, String otherwise) {
        String value = current().property(name);
        return value == null ? otherwise : value;
    }

    /**
     * Runs {@code task} when the application is stopped, in a thread of its own, beside those of other calls; bus, services and pool still work. It has the
     * {@code stop.gracePeriod} of the descriptor to end. Like a shutdown hook it may also run when main has ended.
     */
    public static void onStop(Runnable task) {
        current().onStop(task);
    }

    private static Application current() {
        return Current.application();
    }
}
