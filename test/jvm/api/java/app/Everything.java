package app;

import io.pj.api.Pj;
import java.util.function.Supplier;

/** Uses all that there is and closes none of it. */
public class Everything {
    static final Object BIG = new byte[1 << 20];

    public static void main(String[] args) throws Exception {
        Pj.bus().subscribe("every.*", message -> System.out.println("got " + message.payload() + BIG.hashCode()));
        Pj.bus().subscribe("other", message -> message.reply("x"));
        Pj.services().register("every", Supplier.class, () -> "here");
        Pj.executor().submit(() -> BIG.hashCode()).get();
        Pj.executor().execute(() -> { try { Thread.sleep(600_000); } catch (InterruptedException e) { System.out.println("task interrupted"); } });
        Pj.executor().execute(() -> System.out.println("NEVER"));
        Pj.onStop(() -> System.out.println("stopped: " + Pj.bus().publish("every.last", "bye") + " " + Pj.id()));
        Pj.bus().publish("every.first", "hello");
        System.out.println("up");
    }
}
