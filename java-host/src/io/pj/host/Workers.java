package io.pj.host;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/** The host's own threads: made in the group of its main, whoever causes it, so that none is ever an application's. */
final class Workers {
    /** May be interrupted when the JVM ends. */
    interface Task {
        void run() throws Exception;
    }

    private final ThreadGroup group = Thread.currentThread().getThreadGroup();
    private final ExecutorService pool = Executors.newCachedThreadPool(factory("pj-worker"));
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(factory("pj-clock"));

    private ThreadFactory factory(String name) {
        ClassLoader system = ClassLoader.getSystemClassLoader();
        return task -> {
            Thread thread = new Thread(group, task, name, 0, false);
            thread.setDaemon(true);
            thread.setContextClassLoader(system);
            return thread;
        };
    }

    private static void guarded(Task task) {
        try {
            task.run();
        } catch (InterruptedException ending) {
            Thread.currentThread().interrupt();
        } catch (Throwable failed) {
            Main.log("internal: " + AppExit.describe(failed));
        }
    }

    void execute(Task task) {
        pool.execute(() -> guarded(task));
    }

    /** On a worker, so that it may take its time. */
    ScheduledFuture<?> later(long millis, Task task) {
        return clock.schedule(() -> execute(task), millis, TimeUnit.MILLISECONDS);
    }

    /** On the clock's thread: must be short. */
    void every(long millis, Task task) {
        clock.scheduleWithFixedDelay(() -> guarded(task), millis, millis, TimeUnit.MILLISECONDS);
    }
}
