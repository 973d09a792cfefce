package io.pj.host;

import io.pj.host.load.ParentLoader;
import io.pj.host.load.TenantLoader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** All applications of this JVM. */
final class Host {
    private final Options options;
    private final Map<String, App> apps = new ConcurrentHashMap<>();
    private final Workers workers = new Workers();
    private final KernelGroups groups = KernelGroups.detect();
    private final ClassLoader parent;
    private final Bindings bindings;
    private final VolumeWatch volumes = new VolumeWatch(Main::log);
    private final LeakLog leaks = new LeakLog(workers);
    private volatile boolean ending;

    Host(Options options) throws IOException {
        this.options = options;
        ClassLoader base = new ParentLoader();
        List<String> shared = options.sharedClasspath();
        this.parent = shared.isEmpty() ? base : TenantLoader.open("shared", shared, base, Life.DEFINER);
        this.bindings = new Bindings(parent);
        // A thread that the JDK makes once for all must not be made by an application: it would keep where it came from.
        CompletableFuture.delayedExecutor(1, TimeUnit.NANOSECONDS, Runnable::run).execute(() -> {});
        SharedThreads.start();
        workers.every(100, () -> apps.values().forEach(App::tick));
        workers.every(500, () -> apps.values().forEach(app -> app.kernel().sweep()));
    }

    Options options() {
        return options;
    }

    KernelGroups groups() {
        return groups;
    }

    ClassLoader parent() {
        return parent;
    }

    Bindings bindings() {
        return bindings;
    }

    LeakLog leaks() {
        return leaks;
    }

    Workers workers() {
        return workers;
    }

    boolean ending() {
        return ending;
    }

    void execute(Workers.Task task) {
        workers.execute(task);
    }

    ScheduledFuture<?> later(long millis, Workers.Task task) {
        return workers.later(millis, task);
    }

    void proveLater(Retired dropped) {
        leaks.proveLater(dropped);
    }

    void watchVolumes(App app) {
        List<VolumeWatch.Volume> sized = new ArrayList<>();
        for (AppSpec.VolumeSpec volume : app.spec().volumes()) {
            if (volume.size() != null) sized.add(new VolumeWatch.Volume(volume.name(), Path.of(volume.path()), volume.size()));
        }
        volumes.watch(app.spec().key(), sized, line -> {
            Life life = app.life();
            if (life == null) return false;
            life.err().println(line);
            return true;
        });
    }

    /** By key. */
    List<App> all() {
        List<App> list = new ArrayList<>(apps.values());
        list.sort(Comparator.comparing(app -> app.spec().key()));
        return list;
    }

    Map<String, Object> state(App app) {
        return AppRecord.state(app, volumes.uses(app.spec().key()));
    }

    private void mayChange(AppSpec spec) throws HostError {
        if (ending) throw new HostError("ending", "this JVM is about to end");
        if (spec == null || spec.lineage().equals(options.lineage())) return;
        String message = "this JVM belongs to another state (lineage " + options.lineage() + ")";
        throw new HostError("other-lineage", message, Map.of("lineage", options.lineage()));
    }

    private App existing(String key) throws HostError {
        App app = apps.get(key);
        if (app == null) throw new HostError("not-deployed", key + " is not deployed");
        return app;
    }

    /** The one that is there, else a new one. Another deployment of this key that does not run is what is left of one that was given up: it goes. */
    private App made(AppSpec spec) throws InterruptedException {
        while (true) {
            App app = apps.computeIfAbsent(spec.key(), key -> new App(this, spec));
            boolean leftover = !app.spec().instance().equals(spec.instance()) && app.isIdle();
            if (!leftover && !app.isGone()) return app;
            app.undeploy(app.spec().gracePeriod());
            apps.remove(spec.key(), app);
        }
    }

    private interface Change {
        void on(App app) throws HostError, InterruptedException;
    }

    private Map<String, Object> changed(App app, Change change) throws HostError, InterruptedException {
        change.on(app);
        return state(app);
    }

    Map<String, Object> deploy(AppSpec spec) throws HostError, InterruptedException {
        mayChange(spec);
        return changed(made(spec), app -> app.redeploy(spec));
    }

    /** Deploys it first where that was not done. */
    Map<String, Object> start(AppSpec spec, String run) throws HostError, InterruptedException {
        mayChange(spec);
        return changed(made(spec), app -> app.start(spec, run));
    }

    Map<String, Object> update(AppSpec spec) throws HostError, InterruptedException {
        mayChange(spec);
        return changed(existing(spec.key()), app -> app.update(spec));
    }

    Map<String, Object> reload(AppSpec spec, String run) throws HostError, InterruptedException {
        mayChange(spec);
        return changed(existing(spec.key()), app -> app.reload(spec, run));
    }

    /** Null: it is not there. */
    Map<String, Object> stop(String key, double grace) throws HostError, InterruptedException {
        App app = apps.get(key);
        return app == null ? null : changed(app, one -> one.stop(grace));
    }

    /** Null: it is not there. */
    Map<String, Object> undeploy(String key, double grace) throws HostError, InterruptedException {
        mayChange(null);
        App app = apps.get(key);
        if (app == null) return null;
        List<Retired> dropped = app.undeploy(grace);
        apps.remove(key, app);
        volumes.forget(key);
        return leaks.prove(key, dropped);
    }

    Map<String, Object> threads(String key) throws HostError {
        return Map.of("text", existing(key).threads());
    }

    /** Stops all, those that were started last first; nothing is started any more. `grace`: seconds that each may have at most. */
    void end(double grace) {
        ending = true;
        List<App> list = new ArrayList<>(apps.values());
        list.removeIf(app -> app.record().startedAt() == null);
        list.sort(Comparator.comparing((App app) -> app.record().startedAt()).reversed());
        for (App app : list) {
            try {
                app.stop(Math.min(grace, app.spec().gracePeriod()));
            } catch (HostError left) {
                Main.log(left.getMessage());
            } catch (InterruptedException hurried) {
                return;
            }
        }
    }
}
