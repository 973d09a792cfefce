package io.pj.host;

import io.pj.guard.Application;
import io.pj.guard.Guard;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ForkJoinWorkerThread;

/** Which application a thread belongs to: by its thread group, else by its context loader (virtual threads and threads that the JDK keeps). */
final class Tenants {
    private static final StackWalker STACK = StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);
    private static final ClassLoader SYSTEM = ClassLoader.getSystemClassLoader();
    private static final Map<ThreadGroup, TenantState> GROUPS = new ConcurrentHashMap<>();
    /** All of GROUPS, to go through without an iterator. */
    private static volatile TenantState[] all = {};
    /** Where the host's own threads are. */
    private static volatile ThreadGroup home;

    private Tenants() {}

    /**
     * Puts the parts in place that tell applications apart: output, system properties, what Guard does. Once, by the host's main thread before its first
     * application; the group of the calling thread is that of the host's own threads.
     */
    static synchronized void install() {
        if (home != null) return;
        home = Thread.currentThread().getThreadGroup();
        TenantProperties.install();
        TenantStreams.install();
        Guard.bind(Tenants::guarded);
        Thread.setDefaultUncaughtExceptionHandler((thread, thrown) -> uncaught(of(thread), thread, thrown));
    }

    /**
     * Before its first thread is started; a tenant of the same group takes the place of the one before. Installs the SecurityManager when it is the first with
     * a policy: throws UnsupportedOperationException where this Java has none.
     */
    static synchronized void add(Tenant tenant) {
        if (tenant.policy() != null) Policies.install();
        GROUPS.put(tenant.group(), new TenantState(tenant));
        all = GROUPS.values().toArray(TenantState[]::new);
    }

    /** Nothing here holds it afterwards. Its group is over: with its last thread it is gone from the host's group too. */
    static synchronized void remove(Tenant tenant) {
        TenantState state = GROUPS.get(tenant.group());
        if (state == null || state.tenant != tenant) return;
        GROUPS.remove(tenant.group());
        all = GROUPS.values().toArray(TenantState[]::new);
        end(tenant.group());
    }

    /** Up to Java 18 a group keeps those below it until they are destroyed; later both calls do nothing. */
    private static void end(ThreadGroup group) {
        try {
            group.setDaemon(true);
            group.destroy();
        } catch (IllegalThreadStateException | LinkageError threadsRemain) {
            // A daemon group is destroyed with its last thread; a JDK without the calls needs neither.
        }
    }

    /** Closes the sockets at which threads of this group wait, as no interrupt wakes them. */
    static void closeSockets(ThreadGroup group) {
        TenantState state = GROUPS.get(group);
        if (state != null) state.closeSockets();
    }

    /** The application of this thread; null: the host, or a thread that nobody in particular has. */
    static Tenant current() {
        TenantState state = currentState();
        return state == null ? null : state.tenant;
    }

    static Tenant of(Thread thread) {
        TenantState state = stateOf(thread);
        return state == null ? null : state.tenant;
    }

    /** The application whose loader this is, or a loader below it; null: none's. */
    static Tenant ofLoader(ClassLoader loader) {
        TenantState state = stateOf(loader);
        return state == null ? null : state.tenant;
    }

    static TenantState currentState() {
        return stateOf(Thread.currentThread());
    }

    /** As currentState; for a thread that nobody in particular has, the application whose code called. */
    static TenantState calling() {
        Thread thread = Thread.currentThread();
        TenantState state = stateOf(thread);
        if (state != null || all.length == 0 || isHosts(thread)) return state;
        return STACK.walk(frames -> frames.map(frame -> stateOf(frame.getDeclaringClass().getClassLoader())).filter(found -> found != null).findFirst()).orElse(null);
    }

    /** For Guard: null on the host's own threads only, as what else calls it without an application is left of one that is gone. */
    private static Application guarded() {
        TenantState state = calling();
        return state != null || isHosts(Thread.currentThread()) ? state : Leftover.ALL;
    }

    /** A thread of the host's own; not one of a pool that all share. */
    static boolean isHosts(Thread thread) {
        return thread.getThreadGroup() == home && !(thread instanceof ForkJoinWorkerThread);
    }

    static TenantState stateOf(Thread thread) {
        TenantState[] states = all;
        if (states.length == 0) return null;
        ThreadGroup group = thread.getThreadGroup();
        if (group != null) {
            TenantState direct = GROUPS.get(group);
            if (direct != null) return direct;
            // A group that an application made below its own.
            if (group != home) for (TenantState state : states) if (state.group.parentOf(group)) return state;
        }
        return stateOf(thread.getContextClassLoader());
    }

    static TenantState stateOf(ClassLoader loader) {
        TenantState[] states = all;
        for (ClassLoader one = loader; one != null && one != SYSTEM; one = one.getParent()) {
            for (TenantState state : states) if (state.tenant.loader() == one) return state;
        }
        return null;
    }

    /** What ThreadGroup.uncaughtException does, for a thread of this tenant; null: the host. */
    static void uncaught(Tenant tenant, Thread thread, Throwable thrown) {
        TenantState state = tenant == null ? null : GROUPS.get(tenant.group());
        Thread.UncaughtExceptionHandler handler = state == null ? null : state.uncaughtHandler();
        if (handler != null) {
            handler.uncaughtException(thread, thrown);
        } else if (!(thrown instanceof ThreadDeath)) {
            java.io.PrintStream err = tenant == null ? System.err : state == null ? tenant.err() : state.err();
            synchronized (err) {
                err.print("Exception in thread \"" + thread.getName() + "\" ");
                thrown.printStackTrace(err);
            }
        }
    }
}
