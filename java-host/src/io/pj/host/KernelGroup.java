package io.pj.host;

import java.util.List;

/** The kernel's groups for the threads of one application: cpu and pids controller, below the groups of this process. */
interface KernelGroup {
    /** Puts the calling thread in; threads that it starts are born there. Does nothing where groups cannot be had. */
    void join();

    /** Cores; null lifts it. Null, or why it is not held. */
    String setCpu(Double cores);

    /** Threads; null lifts it. Null, or why it is not held. */
    String setMaxThreads(Integer threads);

    /** What the kernel holds; null: no limit. */
    Double cpu();

    Integer maxThreads();

    /** CPU time of all threads that ever ran in it, in microseconds; -1 where the kernel does not count. */
    long cpuMicros();

    /** Removes it, when no thread is left in it. */
    void remove();

    /** Processes that its threads have started, and those that these have; this JVM is none of them. */
    default List<ProcessHandle> processes() {
        return List.of();
    }

    /** Puts threads that the JDK makes once for all, and that came into this group with who caused them, into the host's own. To be called from time to time. */
    default void sweep() {}
}
