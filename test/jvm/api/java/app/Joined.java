package app;

import io.pj.api.core.Application;
import io.pj.api.core.Registry;
import io.pj.api.core.Router;
import io.pj.api.core.Setup;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** Every thread that pj makes for an application has entered it first, is in its group, and takes over nothing of who asked. */
public class Joined {
    static final InheritableThreadLocal<String> INHERITED = new InheritableThreadLocal<>();

    public static void main(String[] args) throws Exception {
        INHERITED.set("of main");
        Set<Thread> entered = ConcurrentHashMap.newKeySet();
        ThreadGroup group = new ThreadGroup("theirs");
        AtomicBoolean starved = new AtomicBoolean();
        Setup.Places none = new Setup.Places() {
            @Override
            public Path of(String name) { return null; }

            @Override
            public Collection<String> names() { return List.of(); }
        };
        Application application = new Application(new Router(), new Registry(), new Setup("x", "x", true, new Setup.Sizes(2, 4, 0, 60), none, Map::of, key -> null,
                type -> true, group, () -> loader(starved.get()), () -> entered.add(Thread.currentThread()), System.err, Thread::start));
        CountDownLatch all = new CountDownLatch(7);
        List<String> wrong = new java.util.concurrent.CopyOnWriteArrayList<>();
        Runnable check = () -> {
            Thread thread = Thread.currentThread();
            if (!entered.contains(thread)) wrong.add("not entered: " + thread);
            if (thread.getThreadGroup() != group) wrong.add("group: " + thread);
            if (INHERITED.get() != null) wrong.add("inherited: " + thread);
            all.countDown();
            try {
                all.await(10, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                wrong.add("interrupted");
            }
        };
        for (int i = 0; i < 4; i++) application.executor().execute(check);
        for (int i = 0; i < 2; i++) application.bus().subscribe("t", message -> check.run());
        application.bus().publish("t", 1);
        application.onStop(check);
        System.out.println("all at once " + all.await(10, TimeUnit.SECONDS) + " " + wrong);
        starve(application, starved);
        application.drop();
        application.drop();
        try {
            application.bus();
        } catch (IllegalStateException e) {
            System.out.println(e.getMessage());
        }
        for (int i = 0; i < 100 && group.activeCount() > 0; i++) Thread.sleep(20);
        System.out.println("left " + group.activeCount());
    }

    /** As when the kernel gives it no more threads. */
    static ClassLoader loader(boolean starved) {
        if (starved) throw new OutOfMemoryError("no more threads");
        return Joined.class.getClassLoader();
    }

    /** Without another thread, subscriptions wait for each other, and none is lost. */
    static void starve(Application application, AtomicBoolean starved) throws Exception {
        CountDownLatch stuck = new CountDownLatch(2);
        CountDownLatch go = new CountDownLatch(1);
        CountDownLatch got = new CountDownLatch(5);
        for (int i = 0; i < 2; i++) application.bus().subscribe("stuck", message -> { stuck.countDown(); go.await(); });
        starved.set(true);
        // Threads that are there already serve two at most.
        for (int i = 0; i < 5; i++) application.bus().subscribe("waits", message -> got.countDown());
        application.bus().publish("stuck", 1);
        System.out.println("both stuck " + stuck.await(10, TimeUnit.SECONDS));
        System.out.println("delivered " + application.bus().publish("waits", 1).delivered());
        go.countDown();
        System.out.println("all got it " + got.await(10, TimeUnit.SECONDS));
        int taken = 0;
        try {
            while (true) {
                // Four threads of the pool are there; the next task needs none.
                application.executor().submit(() -> { }).get();
                if (++taken == 20) break;
            }
        } catch (OutOfMemoryError e) {
            System.out.println("STARVED");
        }
        System.out.println("tasks " + taken);
        Application other = new Application(new Router(), new Registry(), new Setup("y", "y", true, new Setup.Sizes(1, 1, 5, 60), null, Map::of, key -> null, type -> true,
                Thread.currentThread().getThreadGroup(), () -> loader(starved.get()), () -> { }, System.err, Thread::start));
        try {
            other.bus().subscribe("none", message -> { });
        } catch (OutOfMemoryError e) {
            System.out.println(e.getMessage() + " " + other.bus().publish("none", 1));
        }
        try {
            other.executor().execute(() -> { });
        } catch (OutOfMemoryError e) {
            System.out.println(e.getMessage());
        }
        starved.set(false);
        // What failed is not counted.
        for (int i = 0; i < 6; i++) other.executor().execute(() -> { try { Thread.sleep(5); } catch (InterruptedException e) { return; } });
        other.bus().subscribe("none", message -> { }).close();
        System.out.println("then both");
        other.drop();
    }
}
