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

    /** Starts them all, the first time it is called. @return those that run */
    synchronized List<Thread> start() {
        if (running) return List.of();
        running = true;
        List<Thread> started = new ArrayList<>();
        for (Thread hook : hooks) {
            try {
                hook.start();
                started.add(hook);
            } catch (IllegalThreadStateException | OutOfMemoryError failed) {
                // Started by the application itself, or no thread can be had: the others are run all the same.
            }
        }
        return started;
    }

    synchronized void clear() {
        running = true;
        hooks.clear();
    }
}
