package app;

import io.pj.api.Bus;
import io.pj.api.Pj;
import io.pj.api.Subscription;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The bus within one application: order, turns, closing, topics. */
public class Alone {
    public static void main(String[] args) throws Exception {
        Bus bus = Pj.bus();
        order(bus);
        slow(bus);
        topics(bus);
        closing(bus);
        System.out.println("main ends");
    }

    /** Four publish at once: of each, in its order. */
    static void order(Bus bus) throws Exception {
        int each = 2_000;
        CountDownLatch all = new CountDownLatch(4 * each);
        List<String> got = Collections.synchronizedList(new ArrayList<>());
        List<Integer> atOnce = Collections.synchronizedList(new ArrayList<>());
        int[] inside = {0};
        Subscription subscription = bus.subscribe("order.*", 4 * each, message -> {
            if (++inside[0] != 1) atOnce.add(inside[0]);
            got.add(message.payload(String.class));
            inside[0]--;
            all.countDown();
        });
        List<Thread> threads = new ArrayList<>();
        for (int p = 0; p < 4; p++) {
            String name = "p" + p;
            Thread thread = new Thread(() -> { for (int i = 0; i < each; i++) bus.publish("order." + name, name + ":" + i); });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) thread.join();
        boolean came = all.await(20, TimeUnit.SECONDS);
        boolean inOrder = true;
        int[] next = new int[4];
        for (String one : got) inOrder &= Integer.parseInt(one.substring(3)) == next[one.charAt(1) - '0']++;
        System.out.println("order " + came + " " + inOrder + " one at a time " + atOnce.isEmpty() + " handled " + subscription.handled());
        subscription.close();
    }

    /** One that is stuck delays no other of the same application. */
    static void slow(Bus bus) throws Exception {
        CountDownLatch stuck = new CountDownLatch(1);
        CountDownLatch others = new CountDownLatch(3);
        Subscription slow = bus.subscribe("slow.a", 2, message -> stuck.await());
        List<Subscription> fast = new ArrayList<>();
        for (int i = 0; i < 3; i++) fast.add(bus.subscribe("slow.*", message -> { if (message.payload().equals(4)) others.countDown(); }));
        int dropped = 0;
        for (int i = 0; i < 5; i++) {
            dropped += bus.publish("slow.a", i).dropped();
            // So that the first is being handled, and two wait.
            while (i == 0 && slow.handled() == 0) Thread.sleep(1);
        }
        System.out.println("slow " + others.await(10, TimeUnit.SECONDS) + " dropped " + dropped + " " + slow.dropped() + " waiting " + slow.waiting());
        stuck.countDown();
        slow.close();
        for (Subscription one : fast) one.close();
    }

    static void topics(Bus bus) throws Exception {
        String[][] cases = {
            {"a", "a", "1"}, {"a", "a.b", "0"}, {"a.*", "a.b", "1"}, {"a.*", "a", "0"}, {"a.*", "a.b.c", "0"}, {"*.b", "a.b", "1"}, {"*.b", "a.c", "0"}, {"a.*.c", "a.b.c", "1"},
            {"a.**", "a.b.c", "1"}, {"a.**", "a", "0"}, {"**", "a.b.c", "1"}, {"*", "a", "1"}, {"*", "a.b", "0"}, {"a.b", "a.bc", "0"}, {"ä-_1", "ä-_1", "1"},
        };
        List<String> wrong = new ArrayList<>();
        for (String[] one : cases) {
            try (Subscription subscription = bus.subscribe(one[0], message -> { })) {
                if (bus.publish(one[1], 0).delivered() != Integer.parseInt(one[2])) wrong.add(String.join(" ", one));
            }
        }
        for (String bad : new String[] {"", ".", "a.", ".a", "a b", "**.a", "a*", "a.**.b", "a/b", "x".repeat(256)}) {
            try {
                bus.subscribe(bad, message -> { }).close();
                wrong.add("taken: " + bad);
            } catch (IllegalArgumentException e) {
                if (!e.getMessage().startsWith("not a topic")) wrong.add(e.getMessage());
            }
        }
        System.out.println("topics " + wrong);
    }

    static void closing(Bus bus) throws Exception {
        CountDownLatch first = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Subscription one = bus.subscribe("close", message -> { first.countDown(); go.await(); });
        bus.publish("close", 1);
        first.await();
        Thread asking = new Thread(() -> {
            try {
                bus.request("close", 2, Duration.ofSeconds(20));
                System.out.println("ANSWERED");
            } catch (Exception e) {
                System.out.println("closing " + e.getClass().getSimpleName() + " " + e.getMessage());
            }
        });
        asking.start();
        while (one.waiting() == 0) Thread.sleep(1);
        one.close();
        one.close();
        asking.join();
        go.countDown();
        System.out.println("closed " + bus.publish("close", 3) + " handled " + one.handled());
    }
}
