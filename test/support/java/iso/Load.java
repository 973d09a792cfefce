package iso;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/** Threads that compute, and threads that only stay. The test looks into a file of 16 bytes that is mapped: turns done (8), 1 = go (1). */
public final class Load {
    private static volatile long sink;
    private static MappedByteBuffer shared;

    private Load() {}

    public static void main(String[] args) throws Exception {
        if (args[0].equals("shared")) {
            shared();
            return;
        }
        int threads = Integer.parseInt(args[1]);
        if (args[0].equals("threads")) {
            stay(threads);
            return;
        }
        try (FileChannel file = FileChannel.open(Path.of(args[2]), StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
            shared = file.map(FileChannel.MapMode.READ_WRITE, 0, 16);
        }
        for (int i = 0; i < threads; i++) new Thread(Load::spin, "spin-" + i).start();
        System.out.println("up");
    }

    private static void spin() {
        long x = System.nanoTime();
        while (!Thread.currentThread().isInterrupted()) {
            if (shared.get(8) == 0) {
                LockSupport.parkNanos(2_000_000);
                continue;
            }
            for (int i = 0; i < 20_000; i++) x = x * 6364136223846793005L + 1442695040888963407L;
            sink = x;
            shared.putLong(0, shared.getLong(0) + 1);
        }
    }

    private static void stay(int wanted) throws Exception {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                System.out.println("hook in " + Files.readString(Path.of("/proc/thread-self/cgroup")).strip().replace('\n', ' '));
            } catch (IOException failed) {
                System.out.println("hook failed: " + failed);
            }
        }));
        int made = 0;
        String refused = "none";
        try {
            for (; made < wanted; made++) new Thread(Load::sleep, "stay-" + made).start();
        } catch (OutOfMemoryError thrown) {
            refused = "OutOfMemoryError";
        }
        System.out.println("made " + made + ", refused " + refused);
        sleep();
    }

    /** Causes threads that the JDK makes once for all. */
    private static void shared() throws Exception {
        System.out.println("sum " + IntStream.range(0, 1_000_000).parallel().mapToLong(i -> i % 7).sum());
        CompletableFuture.runAsync(() -> {}).orTimeout(1, TimeUnit.MINUTES).get();
        try {
            // Java 21 and later.
            Runnable task = () -> LockSupport.parkNanos(1_000_000);
            for (int i = 0; i < 20; i++) ((Thread) Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, task)).join();
        } catch (NoSuchMethodException older) {
            System.out.println("no virtual threads");
        }
        new ProcessBuilder("true").start().waitFor();
        System.out.println("all caused");
        sleep();
    }

    private static void sleep() {
        try {
            Thread.sleep(Long.MAX_VALUE);
        } catch (InterruptedException end) {
            Thread.currentThread().interrupt();
        }
    }
}
