package io.pj.host;

/** Placeholder until java-iso is merged. */
final class KernelGroups {
    private KernelGroups() {}

    static KernelGroups detect() {
        return new KernelGroups();
    }

    boolean cpu() {
        return false;
    }

    boolean threads() {
        return false;
    }

    String reason() {
        return "this build has no kernel groups yet";
    }

    KernelGroup open(String key) {
        return new KernelGroup() {
            @Override
            public void join() {}

            @Override
            public String setCpu(Double cores) {
                return cores == null ? null : reason();
            }

            @Override
            public String setMaxThreads(Integer threads) {
                return threads == null ? null : reason();
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
        };
    }
}
