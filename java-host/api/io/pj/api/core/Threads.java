package io.pj.api.core;

import java.util.function.Supplier;

/** Makes the threads of one application, so that they hold nothing of whoever happens to ask for them. */
final class Threads {
    private final Supplier<Setup> setups;

    /** @param setups throws IllegalStateException when the application is over */
    Threads(Supplier<Setup> setups) {
        this.setups = setups;
    }

    /**
     * Not started. Throws what Thread does, and what `setups` does. A new thread keeps the access control context and the inheritable thread locals of the thread
     * that makes it, and with them the loader of that thread's application: neither is taken over here.
     */
    Thread make(String name, boolean daemon, Runnable body) {
        Setup setup = setups.get();
        Runnable whole = () -> {
            setup.enter().run();
            body.run();
        };
        return Privileged.call(() -> {
            Thread thread = new Thread(setup.group(), whole, name, 0, false);
            thread.setDaemon(daemon);
            thread.setPriority(Math.min(Thread.NORM_PRIORITY, setup.group().getMaxPriority()));
            thread.setContextClassLoader(setup.loader().get());
            return thread;
        });
    }
}
