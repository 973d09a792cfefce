package io.pj.host;

import java.util.Locale;

/** Where an application is in its life; AppPhase in src/jvm/protocol.ts. */
enum Phase {
    DEPLOYED,
    STARTING,
    RUNNING,
    STOPPING,
    STOPPED,
    COMPLETED,
    FAILED,
    BACKOFF;

    /** Threads of it run, or may. */
    boolean lives() {
        return this == STARTING || this == RUNNING || this == STOPPING;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
