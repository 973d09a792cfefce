package shop.report;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;

/** Knows nothing of pj: it buys a cup every few seconds and tells what it got. */
public final class Report {
    private Report() {}

    public static void main(String[] args) throws InterruptedException {
        HttpClient client = HttpClient.newHttpClient();
        HttpRequest request = HttpRequest.newBuilder(URI.create(System.getProperty("till"))).build();
        for (;;) {
            try {
                System.out.println("bought " + client.send(request, BodyHandlers.ofString()).body().strip());
            } catch (IOException gone) {
                System.err.println("the till does not answer: " + gone);
            }
            Thread.sleep(3_000);
        }
    }
}
