package io.pj.host;

/** `threadPool` of an application: threads, threads, tasks that may wait, seconds. */
record PoolSizes(int corePoolSize, int maxPoolSize, int queueCapacity, int keepAlive) {
    /** What an application without `threadPool` has. */
    static final PoolSizes DEFAULT = new PoolSizes(1, 1, 100, 60);
}
