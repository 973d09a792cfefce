package app;

import java.io.ByteArrayInputStream;
import java.io.PrintStream;
import java.util.Properties;

/** What concerns the whole JVM, exit aside. Results are left in the application's own properties, as `got.NAME`. */
public final class Whole {
    private Whole() {}

    public static void hooks() {
        Thread kept = new Thread(() -> {}, "kept");
        Thread dropped = new Thread(() -> {}, "dropped");
        Runtime runtime = Runtime.getRuntime();
        runtime.addShutdownHook(kept);
        runtime.addShutdownHook(dropped);
        got("removed", runtime.removeShutdownHook(dropped));
        got("removedAgain", runtime.removeShutdownHook(dropped));
    }

    /** The stream that was there is wrapped by the one that takes its place, as loggers do. */
    public static void tee() {
        PrintStream before = System.out;
        System.out.println("plain");
        System.setOut(new PrintStream(before, true) {
            @Override
            public void println(String text) {
                super.println("tee " + text);
            }
        });
        System.out.println("wrapped");
        new java.io.PrintWriter(System.err, true).println("to err");
        System.setOut(before);
        System.out.println("back");
    }

    public static void input() throws Exception {
        got("nothing", System.in.read());
        System.setIn(new ByteArrayInputStream(new byte[] {42}));
        got("something", System.in.read());
    }

    public static void properties() throws Exception {
        got("own", System.getProperty("own.name"));
        got("java", System.getProperty("java.version") != null && System.getProperties().containsKey("java.version"));
        got("integer", Integer.getInteger("own.number"));
        System.setProperty("own.set", "set by it");
        System.getProperties().put("own.put", "put by it");
        System.clearProperty("own.cleared");
        System.getProperties().remove("java.vendor.url");
        got("iterated", System.getProperties().stringPropertyNames().contains("own.set") && System.getProperties().keySet().contains("own.put"));
        Properties derived = new Properties(System.getProperties());
        got("derived", derived.getProperty("own.name"));
        got("listed", derived.stringPropertyNames().contains("own.set"));
        Properties copy = (Properties) System.getProperties().clone();
        got("cloned", copy.getProperty("own.put"));
        java.io.StringWriter text = new java.io.StringWriter();
        System.getProperties().store(text, null);
        got("stored", text.toString().contains("own.put=put by it"));
        Properties[] seen = new Properties[1];
        Thread other = new Thread(() -> seen[0] = (Properties) System.getProperties().clone());
        other.start();
        other.join();
        got("otherThread", seen[0].getProperty("own.set"));
    }

    public static void replaced() {
        Properties mine = new Properties(System.getProperties());
        mine.setProperty("only", "mine");
        System.setProperties(mine);
        String seen = System.getProperty("only") + " " + System.getProperty("own.name");
        System.setProperties(null);
        got("only", seen);
        got("afterReset", System.getProperty("only") + " " + (System.getProperty("java.version") != null));
    }

    public static void uncaught() throws Exception {
        Thread.setDefaultUncaughtExceptionHandler((thread, thrown) -> got("uncaught", thrown.getMessage()));
        Thread thread = new Thread(() -> {
            throw new IllegalStateException("not caught");
        });
        thread.start();
        thread.join();
        got("handler", Thread.getDefaultUncaughtExceptionHandler() != null);
    }

    public static void uncaughtWithout() throws Exception {
        Thread thread = new Thread(() -> {
            throw new IllegalStateException("goes to err");
        }, "worker 7");
        thread.start();
        thread.join();
    }

    public static void securityManager() {
        System.setSecurityManager(null);
    }

    public static void urlHandlers() {
        java.net.URL.setURLStreamHandlerFactory(protocol -> null);
        java.net.URL.setURLStreamHandlerFactory(protocol -> null);
    }

    static void got(String name, Object value) {
        System.setProperty("got." + name, String.valueOf(value));
    }
}
