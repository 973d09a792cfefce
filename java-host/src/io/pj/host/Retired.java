package io.pj.host;

import io.pj.host.leak.Holders;
import io.pj.host.load.TenantLoader;
import java.io.PrintStream;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Map;

/** A loader that was dropped and should be collected. Holds nothing of the application. */
final class Retired {
    private static final ReferenceQueue<Object> QUEUE = new ReferenceQueue<>();
    private final String key;
    private final PhantomReference<TenantLoader> gone;
    private final WeakReference<TenantLoader> there;
    private volatile boolean proven;

    Retired(String key, TenantLoader loader) {
        this.key = key;
        this.gone = new PhantomReference<>(loader, QUEUE);
        this.there = new WeakReference<>(loader);
    }

    /** Takes back what the application has left in the JDK, and tells it what. */
    static void clear(TenantLoader loader, ThreadGroup group, PrintStream log) {
        for (String what : Holders.clear(loader, group)) log.println("pj: it ended without taking this back, so that was done for it: " + what);
    }

    String key() {
        return key;
    }

    /** It was looked for, and it stayed. */
    boolean proven() {
        return proven && !collected();
    }

    boolean collected() {
        return gone.refersTo(null);
    }

    /** @return how many collections it took; -1: it is still held */
    int prove(int most) throws InterruptedException {
        for (int i = 0; ; i++) {
            if (collected()) return i;
            if (i == most) {
                proven = true;
                return -1;
            }
            Collector.collect();
            for (int wait = 0; wait < 5 && !collected(); wait++) Thread.sleep(1L << wait);
        }
    }

    /** What holds it. */
    List<Map<String, Object>> holders() {
        TenantLoader loader = there.get();
        // Weakly held no more, but a finalizer or a cleaner of it has yet to run.
        if (loader == null) return List.of(Map.of("kind", "unknown", "what", "a finalizer of it has not run yet"));
        return Holders.of(loader);
    }
}
