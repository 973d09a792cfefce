package io.pj.host.leak;

import java.util.List;

/** Threads of the JDK's own that no interrupt ends. */
public final class StuckThreads {
    private StuckThreads() {}

    public static void end(List<Thread> threads) {}
}
