package app;

import io.pj.api.Pj;
import java.time.Duration;
import java.util.function.Supplier;

/** Has used another application in every way, and goes on running. */
public class Keep {
    static Object kept;

    public static void main(String[] args) throws Exception {
        Supplier<?> service = Pj.services().await("every", Supplier.class, Duration.ofSeconds(10));
        kept = new Object[] {service, service.get(), Pj.bus().request("other", "q", Duration.ofSeconds(5))};
        System.out.println("kept " + service.get() + " " + Pj.bus().publish("every.more", "m"));
        Thread.sleep(Long.MAX_VALUE);
    }
}
