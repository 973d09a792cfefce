package io.pj.host;

import io.pj.host.json.Fields;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** An application as this host is to run it: AppCall in src/jvm/protocol.ts. `raw`: as it came, for recall. */
record AppSpec(
        String key,
        String id,
        int generation,
        String lineage,
        String instance,
        String digest,
        String mainClass,
        List<String> classpath,
        List<String> args,
        Map<String, String> properties,
        boolean job,
        boolean daemon,
        boolean messaging,
        PoolSpec pool,
        Integer maxThreads,
        Double cpu,
        RestartPolicy restart,
        double gracePeriod,
        Policy policy,
        List<VolumeSpec> volumes,
        String out,
        String err,
        Object raw) {

    /** `keepAlive`: seconds. */
    record PoolSpec(int corePoolSize, int maxPoolSize, int queueCapacity, double keepAlive) {}

    /** `size`: bytes that it should not outgrow; null: any. */
    record VolumeSpec(String name, String path, Long size) {}

    /** @throws IllegalArgumentException a field is not what it should be */
    static AppSpec of(Fields app) {
        Fields logs = app.object("logs");
        List<VolumeSpec> volumes = new ArrayList<>();
        for (Fields one : app.objects("volumes")) {
            volumes.add(new VolumeSpec(one.filled("name"), one.path("path"), one.has("size") ? one.whole("size", 0) : null));
        }
        for (String entry : app.texts("classpath")) {
            if (!entry.startsWith("/")) throw new IllegalArgumentException("app.classpath: absolute paths are needed, not " + entry);
        }
        return new AppSpec(
                app.filled("key"),
                app.filled("id"),
                app.count("generation", 0),
                app.filled("lineage"),
                app.filled("instance"),
                app.filled("digest"),
                app.filled("mainClass"),
                app.texts("classpath"),
                app.texts("args"),
                app.textMap("properties"),
                app.oneOf("type", "service", "job").equals("job"),
                app.flag("daemon"),
                app.flag("messaging"),
                app.has("threadPool") ? pool(app.object("threadPool")) : null,
                app.has("maxThreads") ? (Integer) app.count("maxThreads", 1) : null,
                app.has("cpu") ? (Double) app.number("cpu", 0.001) : null,
                RestartPolicy.of(app.object("restart")),
                app.number("gracePeriod", 0),
                app.has("security") ? policy(app.object("security")) : null,
                List.copyOf(volumes),
                logs.path("out"),
                logs.path("err"),
                app.raw());
    }

    private static PoolSpec pool(Fields pool) {
        int core = pool.count("corePoolSize", 0);
        int max = pool.count("maxPoolSize", 1);
        if (max < core) throw new IllegalArgumentException("app.threadPool.maxPoolSize: it is less than corePoolSize");
        return new PoolSpec(core, max, pool.count("queueCapacity", 0), pool.number("keepAlive", 0));
    }

    private static Policy policy(Fields security) {
        return new Policy(
                security.flag("reflection"),
                security.flag("networking"),
                security.flag("fileSystem"),
                rules(security.objects("files"), "path"),
                rules(security.objects("sockets"), "address"));
    }

    private static List<Policy.Rule> rules(List<Fields> list, String target) {
        return list.stream().map(rule -> new Policy.Rule(rule.filled(target), rule.filled("actions"))).toList();
    }
}
