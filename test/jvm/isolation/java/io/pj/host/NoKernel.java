package io.pj.host;

/** No group at all. */
final class NoKernel implements KernelGroup {
    @Override
    public void join() {}

    @Override
    public String setCpu(Double cores) {
        return "none";
    }

    @Override
    public String setMaxThreads(Integer threads) {
        return "none";
    }

    @Override
    public Double cpu() {
        return null;
    }

    @Override
    public Integer maxThreads() {
        return null;
    }

    @Override
    public long cpuMicros() {
        return -1;
    }

    @Override
    public void remove() {}
}
