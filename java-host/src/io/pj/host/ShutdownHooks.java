package io.pj.host;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/** What one run of an application has registered to be run when it ends; rules and errors as Runtime.addShutdownHook has them. */
final class ShutdownHooks {
    private final Set<Thread> hooks = Collections.newSetFromMap(new IdentityHashMap<>());
    private boolean running;

    synchronized void add(Thread hook) {
        if (running) throw new IllegalStateException("Shutdown in progress");
        if (hooks.contains(hook)) throw new IllegalArgumentException("Hook previously registered");
        if (hook.isAlive() || hook.getState() != Thread.State.NEW) throw new IllegalArgumentException("Hook already running");
        hooks.add(hook);
    }

    synchronized boolean remove(Thread hook) {
        if (running) throw new IllegalStateException("Shutdown in progress");
        if (hook == null) throw new NullPointerException();
        return hooks.remove(hook);
    }

    /** Starts them all, the first time it is called, within the tenant's limits. @return those that run */
    List<Thread> start(Tenant tenant) throws InterruptedException {
        List<Thread> left;
        synchronized (this) {
            if (running) return List.of();
            running = true;
            left = new ArrayList<>(hooks);
        }
        if (left.isEmpty()) return left;
        List<Thread> all = List.copyOf(left);
        // A thread is in the kernel's groups of the one that starts it.
        Thread starter = new Thread(tenant.group(), () -> {
            tenant.kernel().join();
            start(left);
        }, "pj-hooks", 0, false);
        starter.start();
        starter.join();
        // At its limit of threads it still gets its hooks: from here none is counted.
        start(left);
        return all.stream().filter(hook -> hook.getState() != Thread.State.NEW).toList();
    }

    /** Takes out those that were started, and those that cannot be. */
    private static void start(List<Thread> hooks) {
        hooks.removeIf(hook -> {
            try {
                hook.start();
                return true;
            } catch (IllegalThreadStateException byItself) {
                return true;
            } catch (OutOfMemoryError none) {
                return false;
            }
        });
    }

    synchronized void clear() {
        running = true;
        hooks.clear();
    }
}
