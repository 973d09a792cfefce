package io.pj.host;

/** Garbage collections that are asked for: those who ask at the same time share one. */
final class Collector {
    private static final Object LOCK = new Object();
    private static volatile long started;

    private Collector() {}

    /** Returns after a full collection that began after the call. */
    static void collect() {
        long seen = started;
        synchronized (LOCK) {
            if (started != seen) return;
            started++;
            System.gc();
        }
    }
}
