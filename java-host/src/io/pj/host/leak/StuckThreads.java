package io.pj.host.leak;

import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.ThreadPoolExecutor;

/** Threads of the JDK's own that no interrupt ends: of pools that nobody has shut down, and of timers that nobody has cancelled. */
public final class StuckThreads {
    private static final Class<?> TIMER_THREAD = Internals.type("java.util.TimerThread");

    private StuckThreads() {}

    /** Shuts their pools down and cancels their timers, as their application should have. */
    public static void end(List<Thread> threads) {
        for (Thread thread : threads) {
            try {
                if (thread instanceof ForkJoinWorkerThread worker) end(worker.getPool());
                else if (isTimer(thread)) cancel(thread);
                else end(pool(thread));
            } catch (RuntimeException itsOwn) {
                // A pool of a class of its own may do anything in shutdownNow.
            }
        }
    }

    static boolean isTimer(Thread thread) {
        return thread.getClass() == TIMER_THREAD;
    }

    private static void end(ForkJoinPool pool) {
        if (pool != null && pool != ForkJoinPool.commonPool()) pool.shutdownNow();
    }

    private static void end(ThreadPoolExecutor pool) {
        if (pool != null && !pool.isShutdown()) pool.shutdownNow();
    }

    private static ThreadPoolExecutor pool(Thread thread) {
        Runnable task = Internals.task(thread);
        if (task == null || !task.getClass().getName().equals("java.util.concurrent.ThreadPoolExecutor$Worker")) return null;
        return Internals.get(task.getClass(), task, "this$0") instanceof ThreadPoolExecutor pool ? pool : null;
    }

    private static void cancel(Thread timer) {
        Object queue = Internals.get(TIMER_THREAD, timer, "queue");
        if (queue == null) return;
        synchronized (queue) {
            Internals.set(TIMER_THREAD, timer, "newTasksMayBeScheduled", false);
            // What Timer.cancel does: an empty queue and no more to come ends the thread.
            Internals.set(queue.getClass(), queue, "size", 0);
            queue.notifyAll();
        }
    }
}
