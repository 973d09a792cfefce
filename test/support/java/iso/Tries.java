package iso;

import java.lang.reflect.Field;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;

/** Tries what policies are about: a connection to the port of its first argument, the file of its second, a private field. */
public final class Tries {
    @SuppressWarnings("unused")
    private final String secret = "hidden";

    private Tries() {}

    private interface Attempt {
        void run() throws Exception;
    }

    public static void main(String[] args) throws Exception {
        tell("networking", () -> new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0])).close());
        tell("reading", () -> Files.readAllBytes(Path.of(args[1])));
        tell("writing", () -> Files.writeString(Path.of(args[1] + ".new"), "x"));
        tell("reflection", () -> {
            Field field = Tries.class.getDeclaredField("secret");
            field.setAccessible(true);
        });
        System.out.println("tried");
        Thread.sleep(Long.MAX_VALUE);
    }

    private static void tell(String what, Attempt attempt) {
        try {
            attempt.run();
            System.out.println(what + ": may");
        } catch (SecurityException refused) {
            System.out.println(what + ": refused");
        } catch (Exception other) {
            System.out.println(what + ": " + other);
        }
    }
}
