package io.pj.host;

import java.lang.reflect.Method;
import java.util.HashSet;
import java.util.Set;

/**
 * Threads that the JDK makes once for all. The kernel puts each where the thread is that caused it: into the group of whichever application came first, whose quota
 * would then hold up all others. They are told apart by the names that the kernel has of them.
 */
final class SharedThreads {
    /** What the kernel keeps of a name. */
    private static final int KEPT = 15;
    /** Common pool, what waits for processes, delays, time-outs of virtual threads, connections of HttpURLConnection. */
    private static volatile Set<String> names = Set.of("ForkJoinPool.co", "process reaper", "CompletableFutu", "VirtualThread-u", "Keep-Alive-Time");

    private SharedThreads() {}

    /** Before the first application: those that can be had at once are the host's then. */
    static void start() {
        String carrier = carrier();
        if (carrier == null) return;
        Set<String> all = new HashSet<>(names);
        all.add(carrier);
        names = all;
    }

    /** `comm`: a thread's name as the kernel tells it. */
    static boolean isOne(String comm) {
        return names.contains(comm);
    }

    /**
     * `ForkJoinPool-1-` where virtual threads are carried by `ForkJoinPool-1-worker-1` and others; null where this Java has none. The number is that pool's alone, and
     * short, as the host is the first to ask.
     */
    private static String carrier() {
        String[] told = new String[1];
        try {
            // Java 21 and later.
            Method start = Thread.class.getMethod("startVirtualThread", Runnable.class);
            Runnable look = () -> told[0] = Thread.currentThread().toString();
            ((Thread) start.invoke(null, look)).join();
        } catch (ReflectiveOperationException none) {
            return null;
        } catch (InterruptedException ending) {
            Thread.currentThread().interrupt();
            return null;
        }
        // VirtualThread[#21]/runnable@ForkJoinPool-1-worker-1
        int at = told[0] == null ? -1 : told[0].indexOf("@ForkJoinPool-");
        int end = at < 0 ? -1 : told[0].indexOf("-worker-", at);
        if (end < 0 || end - at > KEPT) return null;
        String name = told[0].substring(at + 1);
        return name.substring(0, Math.min(KEPT, name.length()));
    }
}
