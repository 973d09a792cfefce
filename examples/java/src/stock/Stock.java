package shop.stock;

import io.pj.api.Pj;
import java.util.concurrent.atomic.AtomicInteger;

/** Answers each request for a cup with how many are left. */
public final class Stock {
    private Stock() {}

    public static void main(String[] args) {
        AtomicInteger cups = new AtomicInteger(Integer.parseInt(Pj.property("cups", "100")));
        // The subscription keeps the application running when main has returned.
        Pj.bus().subscribe("stock.take", message -> message.reply(cups.updateAndGet(left -> left > 0 ? left - 1 : 0)));
        System.out.println("open with " + cups + " cups");
    }
}
