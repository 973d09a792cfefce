package io.pj.api.core;

import io.pj.api.Bus;
import io.pj.api.Services;
import io.pj.api.Subscription;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;

/**
 * One run of an application, with all that it has of pj. For Pj and for the host JVM; applications use {@link io.pj.api.Pj}. After drop() it holds nothing of
 * the application, whoever still holds it.
 */
public final class Application {
    private final Router router;
    private final Registry registry;
    private final String name;
    private final String id;
    private final Dispatcher dispatcher;
    private final Pool pool;
    private final Set<Subscription> open = ConcurrentHashMap.newKeySet();
    /** Objects of it that others have stand-ins for. */
    private final Set<StandIn.Slot> slots = Collections.newSetFromMap(new WeakHashMap<>());
    private volatile Setup setup;
    private volatile boolean ended;

    public Application(Router router, Registry registry, Setup setup) {
        this.router = router;
        this.registry = registry;
        this.setup = setup;
        name = setup.name();
        id = setup.id();
        Threads threads = new Threads(this::setup);
        dispatcher = new Dispatcher(threads);
        pool = new Pool(name, setup.sizes(), threads);
    }

    public String id() {
        setup();
        return id;
    }

    public Bus bus() {
        if (setup().messaging()) return new BusView(this);
        throw new IllegalStateException(name + " may not use the message bus: its descriptor does not say java.enableMessaging: true");
    }

    public Services services() {
        setup();
        return new ServicesView(this, registry);
    }

    public ExecutorService executor() {
        setup();
        return pool;
    }

    public Path volume(String volume) {
        if (volume == null) throw new NullPointerException("name");
        Setup.Places places = setup().volumes();
        Path path = places.of(volume);
        if (path != null) return path;
        Collection<String> names = places.names();
        throw new IllegalArgumentException(name + " has no volume \"" + volume + "\": "
                + (names.isEmpty() ? "its descriptor has no volumes" : "it has " + String.join(", ", names)));
    }

    public Map<String, String> config() {
        return setup().config().get();
    }

    public String property(String key) {
        return setup().property().apply(key);
    }

    public void onStop(Runnable task) {
        if (task == null) throw new NullPointerException("task");
        setup().onStop().accept(new Threads(this::setup).make("pj-stop", false, task));
    }

    public void resize(Setup.Sizes sizes) {
        pool.resize(sizes);
    }

    /** Nothing more is delivered, its services are gone, its pool and the idle threads end. May be called twice. */
    public void quiesce() {
        if (ended) return;
        ended = true;
        registry.removeAll(this);
        for (Subscription one : open) one.close();
        dispatcher.end();
        int left = pool.end();
        if (left > 0) tell(left + " task(s) that waited in its pool were dropped", null);
        synchronized (slots) {
            for (StandIn.Slot slot : slots) slot.clear();
            slots.clear();
        }
    }

    /** Quiesces it, and lets go of all that it stands on. May be called twice. */
    public void drop() {
        quiesce();
        setup = null;
    }

    @Override
    public String toString() {
        return name;
    }

    boolean ended() {
        return ended;
    }

    Router router() {
        return router;
    }

    Dispatcher dispatcher() {
        return dispatcher;
    }

    Subscription open(Ear ear) {
        setup();
        if (ended) throw new IllegalStateException(name + " is stopping: it can't subscribe any more");
        dispatcher.opened();
        // In this order: whoever stops it now and finds it open takes it back from the router.
        router.add(ear);
        open.add(ear);
        // It was stopped meanwhile.
        if (ended) ear.close();
        return ear;
    }

    void forget(Ear ear) {
        open.remove(ear);
    }

    Payload.Checked checked(Object payload) {
        return Payload.check(payload, setup().shared(), name);
    }

    /** Whether all applications see this class. */
    boolean isShared(Class<?> type) {
        return setup().shared().test(type);
    }

    /** Null: it has none any more. */
    ClassLoader loader() {
        Setup now = setup;
        return now == null ? null : now.loader().get();
    }

    StandIn.Slot slot(Object object) {
        setup();
        StandIn.Slot slot = new StandIn.Slot(this, object);
        synchronized (slots) {
            if (ended) slot.clear();
            else slots.add(slot);
        }
        return slot;
    }

    /** A line, with the stack of `thrown` where there is one, in its log. */
    void tell(String line, Throwable thrown) {
        Setup now = setup;
        if (now == null) return;
        PrintStream log = now.log();
        synchronized (log) {
            log.println("pj: " + line + (thrown == null ? "" : ": "));
            if (thrown == null) return;
            try {
                thrown.printStackTrace(log);
            } catch (RuntimeException | Error e) {
                log.println(Texts.of(thrown));
            }
        }
    }

    /** Throws IllegalStateException once it was dropped. */
    private Setup setup() {
        Setup now = setup;
        if (now == null) throw new IllegalStateException(name + " was stopped: this run of it is over");
        return now;
    }
}
