package io.pj.api.core;

import java.util.function.Supplier;

/** Which application a thread works for. */
public final class Current {
    /** Set while one application's service works in another's thread; always taken back. */
    private static final ThreadLocal<Application> CALLED = new ThreadLocal<>();

    private static volatile Supplier<Application> host;

    private Current() {}

    /** By the host JVM, once, before any application is there. `find` throws IllegalStateException where there is none. */
    public static synchronized void install(Supplier<Application> find) {
        if (host != null) throw new IllegalStateException("pj's API is bound already");
        host = find;
    }

    /** Throws IllegalStateException when the thread works for none. */
    public static Application application() {
        Application called = CALLED.get();
        if (called != null) return called;
        Supplier<Application> find = host;
        return find == null ? Standalone.application() : find.get();
    }

    /** Takes it as current; what was before, for {@link #leave}. */
    static Application enter(Application application) {
        Application before = CALLED.get();
        CALLED.set(application);
        return before;
    }

    static void leave(Application before) {
        if (before == null) CALLED.remove();
        else CALLED.set(before);
    }
}
