package io.pj.api.core;

import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The bounded pool of one application, whose sizes may change while it works. */
final class Pool extends AbstractExecutorService {
    private final String key;
    private final Waiting waiting;
    private final Keeper keeper;
    /** Tasks taken and not ended. */
    private final AtomicInteger accepted = new AtomicInteger();
    private final ThreadPoolExecutor pool;

    Pool(String key, Setup.Sizes sizes, Threads threads) {
        this.key = key;
        waiting = new Waiting(sizes.queue());
        keeper = new Keeper(threads);
        AtomicInteger number = new AtomicInteger();
        pool = new ThreadPoolExecutor(
                sizes.core(),
                sizes.max(),
                sizes.keepAlive(),
                TimeUnit.SECONDS,
                waiting,
                // Daemons: it is tasks that keep the application running (Keeper), not threads.
                body -> threads.make("pj-pool-" + number.incrementAndGet(), true, body),
                (task, full) -> refuse(full)) {
            @Override
            protected void afterExecute(Runnable task, Throwable thrown) {
                done();
            }
        };
    }

    void resize(Setup.Sizes sizes) {
        waiting.capacity = sizes.queue();
        // Core may at no time be above max.
        if (sizes.core() > pool.getMaximumPoolSize()) {
            pool.setMaximumPoolSize(sizes.max());
            pool.setCorePoolSize(sizes.core());
        } else {
            pool.setCorePoolSize(sizes.core());
            pool.setMaximumPoolSize(sizes.max());
        }
        pool.setKeepAliveTime(sizes.keepAlive(), TimeUnit.SECONDS);
    }

    /** Takes nothing more, interrupts what runs, cancels what waits; how many those were. */
    int end() {
        List<Runnable> left = pool.shutdownNow();
        for (Runnable task : left) if (task instanceof Future<?> future) future.cancel(false);
        keeper.end();
        return left.size();
    }

    @Override
    public void execute(Runnable task) {
        if (task == null) throw new NullPointerException("task");
        keeper.hold();
        boolean taken = false;
        // One after the other: of two that ask for the last place, one gets it.
        synchronized (accepted) {
            accepted.incrementAndGet();
            try {
                pool.execute(task);
                taken = true;
            } finally {
                if (!taken) done();
            }
        }
    }

    private void done() {
        accepted.decrementAndGet();
        keeper.release();
    }

    private void refuse(ThreadPoolExecutor full) {
        if (full.isShutdown()) throw new RejectedExecutionException(key + " is stopping: its pool takes no more tasks");
        throw new RejectedExecutionException("the pool of " + key + " is full: it takes " + full.getMaximumPoolSize() + " tasks at work (java.threadPool.maxPoolSize) and "
                + waiting.capacity + " that wait (java.threadPool.queueCapacity)");
    }

    @Override
    public void shutdown() {
        throw new UnsupportedOperationException("pj shuts the pool down when the application stops");
    }

    @Override
    public List<Runnable> shutdownNow() {
        throw new UnsupportedOperationException("pj shuts the pool down when the application stops");
    }

    @Override
    public boolean isShutdown() {
        return pool.isShutdown();
    }

    @Override
    public boolean isTerminated() {
        return pool.isTerminated();
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        return pool.awaitTermination(timeout, unit);
    }

    @Override
    public String toString() {
        return "pool of " + key + ": " + pool.getActiveCount() + " of " + pool.getPoolSize() + " threads at work (" + pool.getCorePoolSize() + " to "
                + pool.getMaximumPoolSize() + "), " + waiting.size() + " of " + waiting.capacity + " tasks waiting";
    }

    /** A queue whose bound may change: full when all threads have a task and `capacity` more wait. */
    @SuppressWarnings("serial")
    private final class Waiting extends LinkedBlockingQueue<Runnable> {
        volatile int capacity;

        Waiting(int capacity) {
            this.capacity = capacity;
        }

        @Override
        public boolean offer(Runnable task) {
            // A thread that has just ended its task counts as free before it asks for the next; one that is too many now goes then.
            return accepted.get() <= Math.min(pool.getPoolSize(), pool.getMaximumPoolSize()) + capacity && super.offer(task);
        }
    }
}
