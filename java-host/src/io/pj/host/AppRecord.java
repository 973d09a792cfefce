package io.pj.host;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Where an application is and how it came there: the part of AppState in src/jvm/protocol.ts that is not measured. */
final class AppRecord {
    private Phase phase = Phase.DEPLOYED;
    private Instant since = Instant.now();
    private String run;
    private String digest;
    private Instant startedAt;
    private int restarts;
    private int attempts;
    private Instant nextStart;
    private AppExit lastExit;
    private String reason;
    private List<String> notHeld = List.of();

    synchronized Phase phase() {
        return phase;
    }

    synchronized String reason() {
        return reason;
    }

    synchronized void reason(String text) {
        reason = text;
    }

    synchronized String run() {
        return run;
    }

    /** Of what was started last; null: nothing was. */
    synchronized String digest() {
        return digest;
    }

    synchronized void digest(String of) {
        digest = of;
    }

    synchronized int attempts() {
        return attempts;
    }

    synchronized Instant startedAt() {
        return startedAt;
    }

    synchronized void enter(Phase next, String why) {
        if (next != phase) since = Instant.now();
        phase = next;
        reason = why;
        nextStart = null;
    }

    /** A start that was asked for: counts begin anew. */
    synchronized void asked(String by, String of) {
        run = by;
        digest = of;
        restarts = 0;
        attempts = 0;
        lastExit = null;
    }

    /** What runs already is what that start asked for. */
    synchronized void adopt(String by) {
        run = by;
    }

    synchronized void started(Instant at) {
        startedAt = at;
        enter(Phase.RUNNING, null);
    }

    synchronized void reloaded(String by, String of, Instant at) {
        run = by;
        digest = of;
        attempts = 0;
        startedAt = at;
        since = at;
        reason = null;
    }

    /** Its last start failed before main was entered: asked for once more, it is tried once more. */
    synchronized boolean neverBegan() {
        return phase == Phase.FAILED && lastExit == null;
    }

    synchronized void exited(AppExit exit) {
        lastExit = exit;
    }

    synchronized void backoff(int attempt, Instant until) {
        enter(Phase.BACKOFF, lastExit == null ? null : lastExit.error());
        attempts = attempt;
        nextStart = until;
    }

    synchronized void restarting(String of) {
        restarts++;
        digest = of;
    }

    synchronized void notHeld(List<String> what) {
        notHeld = List.copyOf(what);
    }

    synchronized void toJson(Map<String, Object> map) {
        map.put("run", run);
        map.put("digest", digest);
        map.put("phase", phase);
        map.put("since", since.toString());
        map.put("startedAt", startedAt == null ? null : startedAt.toString());
        map.put("restarts", restarts);
        map.put("attempts", attempts);
        map.put("nextStart", nextStart == null ? null : nextStart.toString());
        map.put("lastExit", lastExit == null ? null : lastExit.toJson());
        map.put("reason", reason);
        map.put("notHeld", notHeld);
    }

    /** What belongs to a sample. */
    synchronized void sample(Map<String, Object> map) {
        map.put("restarts", restarts);
        map.put("startedAt", startedAt == null ? null : startedAt.toString());
    }

    static Map<String, Object> state(App app, List<VolumeWatch.Use> volumes) {
        AppSpec spec = app.spec();
        Life life = app.life();
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("key", spec.key());
        map.put("id", spec.id());
        map.put("generation", spec.generation());
        map.put("lineage", spec.lineage());
        map.put("instance", spec.instance());
        app.record().toJson(map);
        if (map.get("digest") == null) map.put("digest", spec.digest());
        Map<String, Object> held = new LinkedHashMap<>();
        held.put("cpu", app.kernel().cpu());
        held.put("maxThreads", app.kernel().maxThreads());
        map.put("held", held);
        map.put("threads", life == null ? 0 : life.threads().size());
        map.put("classes", life == null ? 0 : life.classes());
        map.put("leaked", app.leaked());
        map.put("volumes", volumes.stream().map(AppRecord::volume).toList());
        return map;
    }

    private static Map<String, Object> volume(VolumeWatch.Use use) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("name", use.name());
        map.put("bytes", use.bytes());
        map.put("size", use.size());
        return map;
    }
}
