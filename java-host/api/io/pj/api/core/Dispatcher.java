package io.pj.api.core;

import java.util.ArrayDeque;

/**
 * Serves the subscriptions of one application with threads of its own: at most one for each, so that a slow one delays no other, and always one that waits while
 * others work. Threads start threads here, never a publisher: what it would pay and be limited by is the subscriber's.
 */
final class Dispatcher {
    /** A thread that nothing came for ends after this, when it is not the only one. */
    private static final long IDLE_MS = 10_000;

    private final Threads threads;
    private final ArrayDeque<Ear> ready = new ArrayDeque<>();
    private int subscriptions;
    private int workers;
    private int idle;
    private int number;
    private boolean ended;

    Dispatcher(Threads threads) {
        this.threads = threads;
    }

    /** One more subscription; throws what starting a thread does. */
    synchronized void opened() {
        subscriptions++;
        if (workers > 0) return;
        try {
            start();
        } catch (RuntimeException | Error e) {
            subscriptions--;
            throw e;
        }
    }

    synchronized void closed() {
        subscriptions--;
        notifyAll();
    }

    synchronized void ready(Ear ear) {
        if (ended) return;
        ready.add(ear);
        notify();
    }

    /** Nothing more is delivered; idle threads end. */
    synchronized void end() {
        ended = true;
        ready.clear();
        notifyAll();
    }

    private void start() {
        Thread thread = threads.make("pj-bus-" + ++number, false, this::work);
        thread.start();
        workers++;
    }

    private void work() {
        boolean left = false;
        try {
            for (Ear ear = next(); ear != null; ear = next()) {
                if (ear.drain()) ready(ear);
            }
            left = true;
        } finally {
            if (!left) {
                synchronized (this) {
                    workers--;
                }
            }
        }
    }

    /** Null: this thread is to end, and is not counted any more: one that subscribes meanwhile starts another. */
    private synchronized Ear next() {
        Ear ear = await();
        if (ear == null) workers--;
        else if (idle == 0 && workers < subscriptions) spare();
        return ear;
    }

    private Ear await() {
        long from = System.nanoTime();
        while (!ended && ready.isEmpty()) {
            // The last one to wait stays as long as there may be something to do.
            if (subscriptions == 0) return null;
            long left = idle == 0 ? 0 : IDLE_MS - (System.nanoTime() - from) / 1_000_000;
            if (left < 0) return null;
            idle++;
            try {
                wait(idle == 1 ? 0 : Math.max(1, left));
            } catch (InterruptedException e) {
                // Who ends the application calls end() first; any other interrupt is not for this thread.
            } finally {
                idle--;
            }
        }
        return ended ? null : ready.poll();
    }

    private void spare() {
        try {
            start();
        } catch (OutOfMemoryError | IllegalThreadStateException e) {
            // No more threads for this application (maxThreads): its subscriptions wait for each other then.
        }
    }
}
