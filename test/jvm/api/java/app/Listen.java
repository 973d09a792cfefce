package app;

import io.pj.api.Message;
import io.pj.api.Pj;
import io.pj.api.Subscription;
import java.util.Arrays;

/** TOPIC CAPACITY WHAT: prints what it gets. WHAT: say, sleep (each message for ever), throw, reply, later. */
public class Listen {
    static Subscription subscription;

    public static void main(String[] args) throws Exception {
        subscription = Pj.bus().subscribe(args[0], Integer.parseInt(args[1]), message -> handle(args[2], message));
        System.out.println("listening");
        // No loop: an open subscription keeps it running.
    }

    static void handle(String what, Message message) throws Exception {
        Thread thread = Thread.currentThread();
        boolean mine = thread.getThreadGroup().getName().equals("app " + Pj.id() + "@1") && thread.getContextClassLoader() == Listen.class.getClassLoader();
        Object payload = message.payload();
        System.out.println((mine ? "mine " : "NOT MINE ") + message.topic() + " from " + message.sender() + ": " + text(payload));
        switch (what) {
            case "sleep" -> Thread.sleep(600_000);
            case "throw" -> throw new IllegalStateException("no " + text(payload));
            case "reply" -> System.out.println("replied " + message.reply("re: " + text(payload)) + " again " + message.reply("twice"));
            case "foreign" -> {
                try {
                    message.reply(new Own());
                } catch (IllegalArgumentException e) {
                    message.reply(e.getMessage());
                }
            }
            default -> { }
        }
    }

    static String text(Object payload) {
        return payload instanceof byte[] bytes ? Arrays.toString(bytes) : String.valueOf(payload);
    }

    static class Own { }
}
