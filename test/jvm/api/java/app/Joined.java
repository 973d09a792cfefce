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

/** Every thread that pj makes for an application has entered it first, is in its group, and takes over nothing of who asked. */
public class Joined {
    static final InheritableThreadLocal<String> INHERITED = new InheritableThreadLocal<>();

    public static void main(String[] args) throws Exception {
        INHERITED.set("of main");
        Set<Thread> entered = ConcurrentHashMap.newKeySet();
        ThreadGroup group = new ThreadGroup("theirs");
        Setup.Places none = new Setup.Places() {
            @Override
            public Path of(String name) { return null; }

            @Override
            public Collection<String> names() { return List.of(); }
        };
        Application application = new Application(new Router(), new Registry(), new Setup("x", "x", true, new Setup.Sizes(2, 4, 0, 60), none, Map::of, key -> null,
                type -> true, group, Joined.class::getClassLoader, () -> entered.add(Thread.currentThread()), System.err, Thread::start));
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
}
