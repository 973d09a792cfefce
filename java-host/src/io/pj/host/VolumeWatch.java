package io.pj.host;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/**
 * Measures volumes that have a size, by one thread of low priority; a line is told when one outgrows its size. A volume is measured anew some seconds after the
 * last time, later when that took long: at most a tenth of one thread goes into it, in short slices.
 */
final class VolumeWatch {
    /** @param size bytes that it should not outgrow */
    record Volume(String name, Path path, long size) {}

    /** @param bytes as last measured; null: not yet */
    record Use(String name, Long bytes, long size) {}

    /** Between two measurements of a volume, and between two slices of one. ms. */
    private static final long PAUSE = Long.getLong("pj.volumes.pause", 3_000);
    private static final long SLICE_PAUSE = 100;
    private static final long SLICE = 20;
    /** A measurement that took n ms is followed by a pause of at least this times n. */
    private static final int REST = 10;
    /** One that was over its size counts as within it again below this part of it: no line for each byte around the limit. */
    private static final double BACK = 0.95;

    /** Of whoever made the host: the thread is none of an application's. */
    private static final ThreadGroup HOME = Thread.currentThread().getThreadGroup();

    private final Map<String, List<Watched>> watched = new ConcurrentHashMap<>();
    /** Not measured any more; what they have open is closed by the thread that opened it. */
    private final Queue<Watched> gone = new ConcurrentLinkedQueue<>();
    private final Consumer<String> hostLog;
    private Thread thread;

    /** @param hostLog takes a line for the host's log */
    VolumeWatch(Consumer<String> hostLog) {
        this.hostLog = hostLog;
    }

    /** From deploy on, and again with every update: these volumes of this application, no others. `appLog` takes a line for its log. */
    void watch(String key, List<Volume> volumes, Consumer<String> appLog) {
        List<Watched> before = watched.getOrDefault(key, List.of());
        List<Watched> now = new ArrayList<>();
        for (Volume volume : volumes) {
            // What was measured of a volume stays known when its size changes.
            Watched same = before.stream().filter(one -> one.volume.name().equals(volume.name()) && one.volume.path().equals(volume.path())).findFirst().orElse(null);
            now.add(new Watched(key, volume, appLog, same));
        }
        if (now.isEmpty()) watched.remove(key);
        else watched.put(key, now);
        stop(before);
        if (!now.isEmpty()) start();
    }

    /** At undeploy. */
    void forget(String key) {
        List<Watched> before = watched.remove(key);
        if (before != null) stop(before);
    }

    private void stop(List<Watched> some) {
        for (Watched one : some) one.stopped = true;
        gone.addAll(some);
    }

    /** For AppState.volumes. */
    List<Use> uses(String key) {
        return watched.getOrDefault(key, List.of()).stream().map(one -> new Use(one.volume.name(), one.bytes, one.volume.size())).toList();
    }

    private synchronized void start() {
        if (thread != null) {
            notifyAll();
            return;
        }
        thread = new Thread(HOME, this::work, "pj-volumes", 0, false);
        thread.setContextClassLoader(null);
        thread.setDaemon(true);
        thread.setPriority(Thread.MIN_PRIORITY);
        thread.start();
    }

    private void work() {
        while (true) {
            long next = Long.MAX_VALUE;
            for (List<Watched> volumes : watched.values()) {
                for (Watched one : volumes) {
                    try {
                        next = Math.min(next, one.step());
                    } catch (RuntimeException | Error e) {
                        hostLog.accept("volume " + one.volume.name() + " of " + one.key + " could not be measured: " + e);
                        next = Math.min(next, one.later());
                    }
                }
            }
            for (Watched one = gone.poll(); one != null; one = gone.poll()) one.close();
            synchronized (this) {
                if (watched.isEmpty() && gone.isEmpty()) {
                    thread = null;
                    return;
                }
                try {
                    wait(Math.max(1, Math.min(PAUSE, next - now())));
                } catch (InterruptedException e) {
                    // Nobody has to interrupt it.
                }
            }
        }
    }

    private static long now() {
        return System.nanoTime() / 1_000_000;
    }

    /** One volume and what is known of it. Measured by one thread only. */
    private final class Watched {
        private final String key;
        private final Volume volume;
        private final Consumer<String> appLog;
        private volatile Long bytes;
        private volatile boolean over;
        private volatile boolean stopped;
        private TreeSize measuring;
        private long spent;
        private long due = now();

        Watched(String key, Volume volume, Consumer<String> appLog, Watched before) {
            this.key = key;
            this.volume = volume;
            this.appLog = appLog;
            if (before == null) return;
            bytes = before.bytes;
            // A new size is a new line to cross.
            over = before.over && before.volume.size() == volume.size();
        }

        /** Works a slice when it is time. When the next is due. */
        long step() {
            if (now() < due) return due;
            if (measuring == null) measuring = new TreeSize(volume.path());
            long from = now();
            boolean done = measuring.go(SLICE);
            spent += now() - from;
            if (!done) return due = now() + SLICE_PAUSE;
            bytes = measuring.bytes();
            measuring = null;
            if (!stopped) tell(bytes);
            return later();
        }

        void close() {
            if (measuring != null) measuring.close();
            measuring = null;
        }

        long later() {
            close();
            due = now() + Math.max(PAUSE, spent * REST);
            spent = 0;
            return due;
        }

        private void tell(long now) {
            if (over ? now >= volume.size() * BACK : now <= volume.size()) return;
            over = !over;
            String is = "volume " + volume.name() + (over ? " has outgrown its size: " : " is within its size again: ") + now + " of " + volume.size() + " bytes";
            hostLog.accept(key + ": " + is + " (" + volume.path() + ")");
            appLog.accept("pj: " + is);
        }
    }
}
