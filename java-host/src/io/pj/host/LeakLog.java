package io.pj.host;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Proves that dropped loaders go, and keeps in mind those of applications that are not there any more and did not. */
final class LeakLog {
    /** Collections until a loader counts as held. */
    private static final int MOST = 10;
    /** For one that was dropped by a restart or a reload nobody waits: fewer, and later. */
    private static final int MOST_LATER = 3;
    private static final long LATER = 2_000;
    /** Of those that are told. */
    private static final int KEPT = 100;

    private record Entry(Retired retired, Instant at, List<Map<String, Object>> by) {}

    private final Workers workers;
    private final List<Entry> entries = new ArrayList<>();

    LeakLog(Workers workers) {
        this.workers = workers;
    }

    void proveLater(Retired dropped) {
        workers.later(LATER, () -> dropped.prove(MOST_LATER));
    }

    /** The result of undeploy. */
    Map<String, Object> prove(String key, List<Retired> dropped) throws InterruptedException {
        int collections = 0;
        List<Map<String, Object>> leak = null;
        for (Retired one : dropped) {
            int took = one.prove(MOST);
            collections = Math.max(collections, took < 0 ? MOST : took);
            if (took >= 0) continue;
            List<Map<String, Object>> by = one.holders();
            if (leak == null) leak = new ArrayList<>();
            leak.addAll(by);
            synchronized (entries) {
                entries.add(new Entry(one, Instant.now(), by));
                if (entries.size() > KEPT) entries.remove(0);
            }
            Main.log(key + " was undeployed, but its loader is still held: " + by);
        }
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("leak", leak);
        result.put("collections", collections);
        return result;
    }

    List<Map<String, Object>> toJson() {
        synchronized (entries) {
            entries.removeIf(entry -> entry.retired().collected());
            List<Map<String, Object>> list = new ArrayList<>();
            for (Entry entry : entries) {
                Map<String, Object> map = new LinkedHashMap<>();
                map.put("key", entry.retired().key());
                map.put("at", entry.at().toString());
                map.put("by", entry.by());
                list.add(map);
            }
            return list;
        }
    }
}
