package io.pj.host.leak;

import io.pj.host.load.TenantLoader;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.lang.reflect.Array;
import java.net.ProxySelector;
import java.security.Provider;
import java.security.Security;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;

/** Who holds a loader that should be gone: `Leak` of src/jvm/protocol.ts. */
public final class Holders {
    private final Owned owned;
    private final List<Map<String, Object>> found = new ArrayList<>();

    private Holders(ClassLoader loader) {
        this.owned = new Owned(loader);
    }

    /** Takes back what an application has left in the JDK and what can safely be. @return what it was, for people */
    public static List<String> clear(TenantLoader loader, ThreadGroup group) {
        List<String> cleared = Registrations.clear(loader);
        Owned owned = new Owned(loader);
        for (Thread thread : threads()) {
            // Threads that the JDK keeps for all have the context of whoever came first.
            boolean its = thread.getThreadGroup() == null || (group.parentOf(thread.getThreadGroup()) && !shared(thread));
            if (!its && owned.is(thread.getContextClassLoader())) {
                thread.setContextClassLoader(ClassLoader.getSystemClassLoader());
                cleared.add("context loader of thread \"" + thread.getName() + '"');
            }
        }
        return cleared;
    }

    /** A thread that the JDK keeps for all, in whatever group it was made. */
    public static boolean shared(Thread thread) {
        return thread instanceof ForkJoinWorkerThread worker
                        && worker.getPool() == ForkJoinPool.commonPool()
                || thread.getName().equals("CompletableFutureDelayScheduler");
    }

    /** What is known to hold it; kind `unknown` when nothing is. */
    public static List<Map<String, Object>> of(ClassLoader loader) {
        Holders all = new Holders(loader);
        for (Thread thread : threads()) all.thread(thread);
        all.shutdownHooks();
        all.defaults();
        if (all.found.isEmpty()) {
            boolean looked = Internals.get(Thread.class, Thread.currentThread(), "group") != null
                    || Internals.get(Thread.class, Thread.currentThread(), "holder") != null;
            String what = looked
                    ? "nothing that is known holds it: a static field of the JDK or of a shared library, or softly, until memory is short"
                    : "this JVM was started without --add-opens java.base/java.lang=ALL-UNNAMED: thread locals and hooks cannot be looked at";
            all.add("unknown", what);
        }
        return all.found;
    }

    private void add(String kind, String what) {
        Map<String, Object> leak = new LinkedHashMap<>();
        leak.put("kind", kind);
        leak.put("what", what);
        found.add(leak);
    }

    private static List<Thread> threads() {
        ThreadGroup root = Thread.currentThread().getThreadGroup();
        while (root.getParent() != null) root = root.getParent();
        Thread[] list = new Thread[root.activeCount() * 2 + 64];
        int count = root.enumerate(list, true);
        return List.of(Arrays.copyOf(list, count));
    }

    private void thread(Thread thread) {
        if (owned.is(thread)) {
            StackTraceElement[] stack = thread.getStackTrace();
            String where = stack.length == 0 ? "" : " at " + stack[0];
            add(StuckThreads.isTimer(thread) ? "timer" : "thread", '"' + thread.getName() + "\" (" + thread.getState() + ')' + where);
        }
        for (String field : new String[] {"threadLocals", "inheritableThreadLocals"}) locals(thread, Internals.get(Thread.class, thread, field));
    }

    private void locals(Thread thread, Object map) {
        Object table = map == null ? null : Internals.get(map.getClass(), map, "table");
        if (table == null) return;
        for (int i = 0; i < Array.getLength(table); i++) {
            Object entry = Array.get(table, i);
            if (entry == null) continue;
            Object key = entry instanceof Reference<?> reference ? reference.get() : null;
            Object value = Internals.get(entry.getClass(), entry, "value");
            if (!owned.is(key) && !owned.has(held(value))) continue;
            String type = value == null ? "null" : value.getClass().getName();
            String of = key == null ? "" : " of a " + key.getClass().getName();
            add("threadLocal", "thread \"" + thread.getName() + "\" keeps a " + type + of);
        }
    }

    /** What is held weakly is not held. */
    private static Object held(Object value) {
        return value instanceof WeakReference<?> ? null : value;
    }

    private void shutdownHooks() {
        Class<?> type = Internals.type("java.lang.ApplicationShutdownHooks");
        if (type == null || !(Internals.get(type, null, "hooks") instanceof Map<?, ?> hooks)) return;
        for (Object hook : hooks.keySet().toArray()) {
            if (hook instanceof Thread thread && owned.is(thread)) add("shutdownHook", "thread \"" + thread.getName() + "\" of the JVM itself");
        }
    }

    private void defaults() {
        for (Provider provider : Security.getProviders()) {
            if (owned.is(provider)) add("unknown", "the security provider " + provider.getName());
        }
        if (owned.is(Thread.getDefaultUncaughtExceptionHandler())) add("unknown", "the default handler of uncaught exceptions");
        if (owned.is(ProxySelector.getDefault())) add("unknown", "the default ProxySelector");
    }
}
