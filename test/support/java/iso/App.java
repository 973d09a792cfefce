package iso;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.IntConsumer;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Does as its first argument says. Files are how a test tells it when. */
public final class App {
    private App() {}

    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "exit" -> exit(args[1], Integer.parseInt(args[2]), Path.of(args[3]));
            case "hook" -> hook(args[1]);
            case "speak" -> speak(args[1]);
            case "properties" -> properties(Path.of(args[1]));
            case "version" -> version();
            case "child" -> child(Path.of(args[1]));
            case "throw" -> thrown(args[1], Path.of(args[2]));
            default -> Thread.sleep(Long.MAX_VALUE);
        }
    }

    /** Once for each time that the file is made. */
    private static void await(Path file) throws IOException, InterruptedException {
        while (!Files.deleteIfExists(file)) Thread.sleep(10);
    }

    private static void exit(String way, int code, Path when) throws Exception {
        System.out.println("up");
        await(when);
        switch (way) {
            case "main" -> System.exit(code);
            case "thread" -> new Thread(() -> System.exit(code)).start();
            case "reference" -> {
                IntConsumer reference = System::exit;
                reference.accept(code);
            }
            case "library" -> lib.Quit.now(code);
            case "halt" -> Runtime.getRuntime().halt(code);
            default -> throw new IllegalArgumentException(way);
        }
        if (!way.equals("thread")) System.out.println("it came back");
        Thread.sleep(Long.MAX_VALUE);
    }

    private static void hook(String name) throws Exception {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook of " + name + " ran")));
        System.out.println("up");
        Thread.sleep(Long.MAX_VALUE);
    }

    private static void speak(String name) throws Exception {
        System.out.println(name + " says to out");
        System.err.println(name + " says to err");
        Logger logger = Logger.getLogger("iso." + name);
        logger.log(Level.WARNING, "{0} says to java.util.logging", name);
        System.getLogger("system." + name).log(System.Logger.Level.WARNING, name + " says to System.Logger");
        Thread thread = new Thread(() -> System.out.println(name + " says from a thread"));
        thread.start();
        thread.join();
        // Once more when both have set up what they share.
        Thread.sleep(500);
        logger.warning(name + " says it again");
        System.out.println(name + " is done");
        Thread.sleep(Long.MAX_VALUE);
    }

    private static void properties(Path when) throws Exception {
        System.setProperty("mine", System.getProperty("who"));
        System.out.println("set");
        await(when);
        System.out.println("who " + System.getProperty("who") + ", mine " + System.getProperty("mine"));
        System.out.println("number " + Integer.getInteger("number") + ", flag " + Boolean.getBoolean("flag") + ", other " + System.getProperty("other"));
        System.out.println("class path " + System.getProperty("java.class.path"));
        Thread.sleep(Long.MAX_VALUE);
    }

    private static void version() throws Exception {
        System.out.println("sees version " + lib.Version.name() + " of " + Class.forName("lib.Version").getPackage().getImplementationVersion());
        Thread.sleep(Long.MAX_VALUE);
    }

    private static void child(Path when) throws Exception {
        // One that does not heed SIGTERM, with one of its own.
        Process process = new ProcessBuilder("sh", "-c", "trap '' TERM; sleep 600 & echo $!; wait; wait").start();
        String below = process.inputReader().readLine();
        System.out.println("processes " + process.pid() + " " + below);
        await(when);
        System.exit(0);
    }

    private static void thrown(String how, Path when) throws Exception {
        if (how.equals("handler")) {
            Thread.setDefaultUncaughtExceptionHandler((thread, thrown) -> {
                System.out.println("handled " + thrown.getMessage());
                throw new IllegalStateException("of the handler");
            });
        }
        System.out.println("up");
        await(when);
        throw new IllegalStateException("no luck today");
    }
}
