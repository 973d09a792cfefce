package app;

/** Threads that compute, and threads that only stay. */
public final class Spin {
    /** Also what keeps the loop from being left out. */
    public static volatile long turns;
    public static volatile boolean paused;
    public static volatile boolean done;

    private Spin() {}

    public static void three() throws Exception {
        Thread[] threads = new Thread[3];
        for (int i = 0; i < threads.length; i++) {
            threads[i] = new Thread(Spin::one);
            threads[i].start();
        }
        for (Thread thread : threads) thread.join();
    }

    public static void one() {
        long x = System.nanoTime();
        while (!done) {
            if (paused) {
                java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
                continue;
            }
            for (int i = 0; i < 20_000; i++) x = x * 6364136223846793005L + 1442695040888963407L;
            turns += (x == 0 ? 2 : 1);
        }
    }

    /** Starts up to 20 threads that stay until `done`; how many came goes to the property `got.threads`. */
    public static void many() throws Exception {
        int made = 0;
        String refused = "none";
        try {
            for (; made < 20; made++) {
                Thread thread = new Thread(() -> {
                    while (!done) java.util.concurrent.locks.LockSupport.parkNanos(5_000_000);
                });
                thread.setDaemon(true);
                thread.start();
            }
        } catch (OutOfMemoryError thrown) {
            refused = "OutOfMemoryError";
        }
        System.setProperty("got.threads", made + " " + refused);
    }
}
