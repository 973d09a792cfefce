package app;

import io.pj.api.Pj;
import io.pj.api.Published;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** HOW TOPIC [COUNT]: sends and prints what came of it. */
public class Send {
    record Order(int number) { }

    public static void main(String[] args) throws Exception {
        String topic = args[1];
        switch (args[0]) {
            case "count" -> {
                long from = System.nanoTime();
                int delivered = 0;
                int dropped = 0;
                for (int i = 0; i < Integer.parseInt(args[2]); i++) {
                    Published published = Pj.bus().publish(topic, i);
                    delivered += published.delivered();
                    dropped += published.dropped();
                }
                System.out.println("delivered " + delivered + " dropped " + dropped + ((System.nanoTime() - from) / 1_000_000 < 2_000 ? " fast" : " SLOW"));
            }
            case "request" -> {
                try {
                    System.out.println("answer " + Pj.bus().request(topic, "how", Duration.ofMillis(Long.parseLong(args[2]))));
                } catch (Exception e) {
                    System.out.println(e);
                }
            }
            default -> kinds(topic);
        }
    }

    static void kinds(String topic) {
        byte[] bytes = {1, 2};
        List<Object> mutable = new java.util.ArrayList<>(List.of("a", 1, Map.of("k", 2.5)));
        tell(() -> Pj.bus().publish(topic, null));
        tell(() -> Pj.bus().publish(topic, bytes));
        tell(() -> Pj.bus().publish(topic, mutable));
        tell(() -> Pj.bus().publish(topic, Optional.of(java.time.Instant.EPOCH)));
        // Both were copied.
        bytes[0] = 9;
        mutable.add("late");
        tell(() -> Pj.bus().publish(topic, new Order(1)));
        tell(() -> Pj.bus().publish(topic, List.of(Map.of("order", new Order(1)))));
        tell(() -> Pj.bus().publish(topic, new Order[0]));
        tell(() -> Pj.bus().publish(topic, new Date()));
        tell(() -> Pj.bus().publish(topic, (Runnable) () -> { }));
        List<Object> itself = new java.util.ArrayList<>();
        itself.add(itself);
        tell(() -> Pj.bus().publish(topic, itself));
        tell(() -> Pj.bus().publish("a.*", 1));
        tell(() -> Pj.bus().publish("a..b", 1));
        tell(() -> Pj.bus().publish(topic, new shared.Quotes.Price("x", 5)));
        tell(() -> Pj.bus().publish(topic, proxy()));
        tell(() -> Pj.bus().publish(topic, new shared.Quotes.Price("x", new Order(1))));
    }

    /** Its class is seen by all, its handler is not. */
    static Object proxy() {
        return Proxy.newProxyInstance(shared.Quotes.class.getClassLoader(), new Class<?>[] {shared.Quotes.class}, (proxy, method, arguments) -> null);
    }

    static void tell(Supplier<Object> send) {
        try {
            System.out.println(send.get());
        } catch (RuntimeException e) {
            System.out.println(e.getClass().getSimpleName() + " " + e.getMessage());
        }
    }
}
