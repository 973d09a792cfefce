/** A program that does what its arguments say, one after the other, and tells of each on its output. */
export const APP = `package app;

import java.io.File;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

public final class Main {
    static final List<Object> KEPT = new ArrayList<>();

    public static void main(String[] args) throws Exception {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> say("hook ran")));
        say("begins " + String.join(" ", args));
        for (String arg : args) {
            String[] words = arg.split("=", 2);
            try {
                act(words[0], words.length > 1 ? words[1] : "");
            } catch (SecurityException | java.io.IOException refused) {
                say(words[0] + " refused: " + refused.getClass().getSimpleName());
            }
        }
    }

    static void act(String what, String with) throws Exception {
        switch (what) {
            case "wait" -> Thread.sleep(1_000_000);
            case "exit" -> System.exit(Integer.parseInt(with));
            case "property" -> say(with + " is " + System.getProperty(with));
            case "env" -> say(with + " is " + System.getenv(with));
            case "heap" -> say("heap " + Runtime.getRuntime().maxMemory());
            case "version" -> say("java " + Runtime.version().feature());
            case "listen" -> {
                try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                    say("listens");
                }
            }
            case "read" -> say("read " + Files.readString(Path.of(with)).trim());
            case "write" -> {
                Files.writeString(Path.of(with), "written");
                say("wrote");
            }
            case "run" -> say("ran " + new ProcessBuilder(with).start().waitFor());
            case "reflect" -> {
                Hidden.class.getDeclaredField("secret").setAccessible(true);
                say("reflected");
            }
            case "api" -> say("api " + Class.forName("io.pj.api.Pj").getName());
            case "fill" -> {
                for (;;) {
                    KEPT.add(new byte[1 << 20]);
                }
            }
            case "keep" -> {
                for (int i = 0; i < Integer.parseInt(with); i++) {
                    KEPT.add(new byte[1 << 20]);
                }
                say("kept");
            }
            case "collect" -> {
                System.gc();
                say("collected");
            }
            default -> throw new IllegalArgumentException(what);
        }
    }

    static void say(String text) {
        System.out.println(text);
        System.out.flush();
    }

    static final class Hidden {
        private int secret;
    }
}
`;
