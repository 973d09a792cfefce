package io.pj.host;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Measures volumes that have a size, by one thread of low priority: every few seconds, large ones in pieces, so that it works for a tenth of the time at most. A
 * line is told when one outgrows its size, and not again before it was 5 % below it.
 */
final class VolumeWatch {
    /** @param size bytes that it should not outgrow */
    record Volume(String name, Path path, long size) {}

    /** @param bytes as last measured; null: not yet */
    record Use(String name, Long bytes, long size) {}

    /** Between two rounds, at least. */
    private static final long REST = TimeUnit.SECONDS.toNanos(2);
    /** For one volume in one round. */
    private static final long PIECE = TimeUnit.MILLISECONDS.toNanos(300);
    /** How many times as long as it worked it rests. */
    private static final int EASE = 9;
    /** The share of its size that a volume has to be back at before it is told of again. */
    private static final double BACK = 0.95;

    private final ThreadGroup group = Thread.currentThread().getThreadGroup();
    private final Consumer<String> hostLog;
    /** By key of the application. Guarded by this. */
    private final Map<String, List<Watched>> apps = new HashMap<>();
    private Thread thread;

    /** @param hostLog takes a line for the host's log */
    VolumeWatch(Consumer<String> hostLog) {
        this.hostLog = hostLog;
    }

    /**
     * From deploy on, and again with every update: these volumes of this application, no others. What was measured is kept.
     *
     * @param appLog takes a line for the application's log; false: it has none now, and is to be asked again later
     */
    synchronized void watch(String key, List<Volume> volumes, Predicate<String> appLog) {
        List<Watched> before = apps.getOrDefault(key, List.of());
        List<Watched> now = new ArrayList<>();
        for (Volume volume : volumes) {
            Watched known = null;
            for (Watched one : before) if (one.volume.name().equals(volume.name()) && one.volume.path().equals(volume.path())) known = one;
            now.add(new Watched(key, volume, appLog, known));
        }
        if (now.isEmpty()) apps.remove(key);
        else apps.put(key, now);
        if (!now.isEmpty() && thread == null) begin();
    }

    /** At undeploy. */
    synchronized void forget(String key) {
        apps.remove(key);
    }

    /** For AppState.volumes. */
    synchronized List<Use> uses(String key) {
        return apps.getOrDefault(key, List.of()).stream().map(Watched::use).toList();
    }

    /** Who asks first may be in a thread that ends; the watch is the host's. */
    private void begin() {
        thread = new Thread(group, this::run, "pj-volumes", 0, false);
        thread.setContextClassLoader(ClassLoader.getSystemClassLoader());
        thread.setDaemon(true);
        thread.setPriority(Thread.MIN_PRIORITY);
        thread.start();
    }

    private void run() {
        try {
            while (true) {
                long began = System.nanoTime();
                for (Watched one : all()) {
                    one.measure();
                    // An application's long list must not make one long piece of work.
                    TimeUnit.MILLISECONDS.sleep(1);
                }
                TimeUnit.NANOSECONDS.sleep(Math.max(REST, EASE * (System.nanoTime() - began)));
            }
        } catch (InterruptedException ending) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized List<Watched> all() {
        return apps.values().stream().flatMap(List::stream).toList();
    }

    private synchronized boolean isWatched(Watched one) {
        return apps.getOrDefault(one.key, List.of()).contains(one);
    }

    /** One volume. What is not final is the watch's thread's alone, but for `bytes`. */
    private final class Watched {
        final String key;
        final Volume volume;
        private final Predicate<String> appLog;
        private volatile Long bytes;
        private volatile boolean outgrown;
        /** A line that the application's log has not taken yet. */
        private volatile String owed;
        private VolumeWalk walk;
        private boolean failing;

        Watched(String key, Volume volume, Predicate<String> appLog, Watched known) {
            this.key = key;
            this.volume = volume;
            this.appLog = appLog;
            if (known == null) return;
            bytes = known.bytes;
            outgrown = known.outgrown;
            owed = known.owed;
        }

        Use use() {
            return new Use(volume.name(), bytes, volume.size());
        }

        void measure() {
            try {
                if (walk == null) walk = new VolumeWalk(volume.path());
                boolean all = walk.run(System.nanoTime() + PIECE);
                // Too much is too much, whatever comes on top.
                if (all || walk.bytes() > volume.size()) settle(walk.bytes(), all);
                if (all) end();
            } catch (IOException gone) {
                // There is nothing to measure, until it is there again.
                bytes = null;
                end();
            } catch (RuntimeException failed) {
                end();
                if (!failing) hostLog.accept(key + ": volume " + volume.name() + " cannot be measured: " + failed);
                failing = true;
            }
            String line = owed;
            if (line != null && appLog.test("pj: " + line)) owed = null;
            // Its folder is not to be held open for one that is gone.
            if (!isWatched(this)) end();
        }

        private void end() {
            if (walk != null) walk.close();
            walk = null;
        }

        private void settle(long counted, boolean all) {
            synchronized (VolumeWatch.this) {
                // Who has taken its place measures anew.
                if (!isWatched(this)) return;
                if (all || bytes == null || counted > bytes) bytes = counted;
                long size = volume.size();
                if (bytes <= size * BACK) {
                    outgrown = false;
                    owed = null;
                }
                if (bytes <= size || outgrown) return;
                outgrown = true;
                owed = "volume " + volume.name() + " holds " + mib(bytes) + ", more than its size of " + mib(size);
                hostLog.accept(key + ": " + owed);
            }
        }
    }

    /** In MiB: below 100 with one digit after the point, where that is not 0. */
    static String mib(long bytes) {
        double value = bytes / 1048576.0;
        String text = String.format(Locale.ROOT, value < 100 ? "%.1f" : "%.0f", value);
        return (text.endsWith(".0") ? text.substring(0, text.length() - 2) : text) + " MiB";
    }
}
