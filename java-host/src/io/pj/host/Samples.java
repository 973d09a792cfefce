package io.pj.host;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Figures of the JVM and of its applications. */
final class Samples {
    private static final Instant STARTED = Instant.ofEpochMilli(ManagementFactory.getRuntimeMXBean().getStartTime());

    private Samples() {}

    /** HostState in src/jvm/protocol.ts. Loads no management classes: the first answer of a host must not wait for them. */
    static Map<String, Object> host(Host host) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("protocol", Protocol.VERSION);
        map.put("version", host.options().version());
        map.put("pid", ProcessHandle.current().pid());
        map.put("startedAt", STARTED.toString());
        Map<String, Object> java = new LinkedHashMap<>();
        java.put("version", JAVA.version());
        java.put("feature", Runtime.version().feature());
        java.put("vendor", JAVA.vendor());
        java.put("home", JAVA.home());
        map.put("java", java);
        Runtime runtime = Runtime.getRuntime();
        Map<String, Object> heap = new LinkedHashMap<>();
        heap.put("used", runtime.totalMemory() - runtime.freeMemory());
        heap.put("committed", runtime.totalMemory());
        heap.put("max", runtime.maxMemory());
        map.put("heap", heap);
        map.put("threads", root().activeCount());
        Map<String, Object> cgroup = new LinkedHashMap<>();
        cgroup.put("cpu", host.groups().cpu());
        cgroup.put("threads", host.groups().threads());
        cgroup.put("reason", host.groups().reason());
        map.put("cgroup", cgroup);
        map.put("policies", Policies.available());
        map.put("leaks", host.leaks().toJson());
        return map;
    }

    private record Java(String version, String vendor, String home) {}

    /** Taken at the start: applications may set properties. */
    private static final Java JAVA =
            new Java(System.getProperty("java.version"), System.getProperty("java.vendor"), System.getProperty("java.home"));

    private static ThreadGroup root() {
        ThreadGroup group = Thread.currentThread().getThreadGroup();
        while (group.getParent() != null) group = group.getParent();
        return group;
    }

    /** Of all threads of the JVM, in microseconds. */
    static long cpuMicros() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() / 1000;
    }

    /** AppSample in src/jvm/protocol.ts. */
    static Map<String, Object> app(App app, List<VolumeWatch.Use> volumes) {
        Life life = app.life();
        List<Thread> threads = life == null ? List.of() : life.threads();
        long[] ids = threads.stream().mapToLong(Thread::getId).toArray();
        ThreadMXBean bean = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("key", app.spec().key());
        long counted = app.kernel().cpuMicros();
        map.put("cpuUsec", counted >= 0 ? counted : sum(bean.getThreadCpuTime(ids)) / 1000);
        map.put("allocated", sum(bean.getThreadAllocatedBytes(ids)));
        map.put("threads", threads.size());
        map.put("classes", life == null ? 0 : life.classes());
        app.record().sample(map);
        map.put("cpu", app.kernel().cpu());
        Long disk = null;
        for (VolumeWatch.Use use : volumes) if (use.bytes() != null) disk = (disk == null ? 0 : disk) + use.bytes();
        map.put("disk", disk);
        return map;
    }

    /** A thread that has ended meanwhile counts -1. */
    private static long sum(long[] values) {
        long total = 0;
        for (long value : values) total += Math.max(0, value);
        return total;
    }
}
