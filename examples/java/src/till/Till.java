package shop.till;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.pj.api.NoReplyException;
import io.pj.api.Pj;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/** Sells tea: each request takes one cup out of stock. */
public final class Till {
    private Till() {}

    public static void main(String[] args) throws IOException {
        int port = Integer.parseInt(Pj.property("port"));
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.setExecutor(Pj.executor());
        server.createContext("/health", exchange -> answer(exchange, 200, "ok"));
        server.createContext("/", Till::sell);
        server.start();
        Pj.onStop(() -> server.stop(1));
        System.out.println("sells on " + port);
    }

    private static void sell(HttpExchange exchange) throws IOException {
        try {
            Object left = Pj.bus().request("stock.take", null, Duration.ofSeconds(2));
            answer(exchange, 200, "a cup of tea; " + left + " left");
        } catch (NoReplyException | TimeoutException nobody) {
            answer(exchange, 503, "nobody is in stock");
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            answer(exchange, 503, "closing");
        }
    }

    private static void answer(HttpExchange exchange, int status, String text) throws IOException {
        byte[] bytes = (text + "\n").getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }
}
