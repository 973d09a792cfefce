package io.pj.api.core;

/** Keeps the application running while something holds it: a thread that is no daemon, there as long as it is needed. */
final class Keeper {
    /** It stays this long after the last hold, so that a row of short tasks needs one thread. */
    private static final long LINGER_MS = 200;

    private final Threads threads;
    private int held;
    private boolean alive;
    private boolean ended;

    Keeper(Threads threads) {
        this.threads = threads;
    }

    synchronized void hold() {
        held++;
        if (alive || ended) return;
        try {
            threads.make("pj-keeper", false, this::keep).start();
            alive = true;
        } catch (OutOfMemoryError | IllegalThreadStateException e) {
            // No thread to be had: the tasks run all the same, by the threads that there are.
        }
    }

    synchronized void release() {
        held--;
        if (held == 0) notifyAll();
    }

    synchronized void end() {
        ended = true;
        notifyAll();
    }

    private synchronized void keep() {
        long since = System.nanoTime();
        while (!ended) {
            try {
                if (held > 0) {
                    wait();
                    since = System.nanoTime();
                } else {
                    long left = LINGER_MS - (System.nanoTime() - since) / 1_000_000;
                    if (left <= 0) break;
                    wait(left);
                }
            } catch (InterruptedException e) {
                // Whoever stops the application ends this too.
            }
        }
        alive = false;
    }
}
