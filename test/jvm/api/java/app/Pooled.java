package app;

import io.pj.api.Pj;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;

/** WHAT: fill (until it is full, again and again as a file says), or short (some tasks that outlive main). */
public class Pooled {
    public static void main(String[] args) throws Exception {
        ExecutorService pool = Pj.executor();
        if (args[0].equals("short")) {
            for (int i = 0; i < 3; i++) {
                int number = i;
                pool.submit(() -> {
                    try {
                        Thread.sleep(150);
                    } catch (InterruptedException e) {
                        System.out.println("INTERRUPTED");
                    }
                    Thread thread = Thread.currentThread();
                    System.out.println("task " + number + " " + thread.getThreadGroup().getName() + " " + (thread.getContextClassLoader() == Pooled.class.getClassLoader()));
                });
            }
            System.out.println("main ends");
            return;
        }
        for (int round = 1; ; round++) {
            CountDownLatch open = new CountDownLatch(1);
            int taken = 0;
            try {
                while (true) {
                    pool.execute(() -> await(open));
                    taken++;
                }
            } catch (RejectedExecutionException e) {
                System.out.println("round " + round + " took " + taken + ": " + e.getMessage());
            }
            try {
                pool.shutdown();
            } catch (UnsupportedOperationException e) {
                System.out.println(e.getMessage());
            }
            while (!new java.io.File(args[1] + round).exists()) Thread.sleep(20);
            open.countDown();
            // Until all are through.
            while (!pool.toString().contains(": 0 of")) Thread.sleep(5);
        }
    }

    static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
