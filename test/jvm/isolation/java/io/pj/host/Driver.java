package io.pj.host;

import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** `Driver MODE CLASSES …`: tries one part of the isolation and writes what happened as lines `name=value`. */
public final class Driver {
    static Path classes;

    private Driver() {}

    public static void main(String[] args) throws Exception {
        classes = Path.of(args[1]);
        if (!args[0].equals("rewrite")) Tenants.install();
        switch (args[0]) {
            case "rewrite" -> rewrite();
            case "exits" -> exits(List.of(args).subList(2, args.length));
            case "whole" -> whole();
            case "policies" -> PolicyDriver.run(args[2]);
            case "spin" -> KernelDriver.spin();
            case "threads" -> KernelDriver.threads();
            case "limits" -> KernelDriver.limits();
            case "cgroups" -> KernelDriver.find(Path.of(args[2]), Path.of(args[3]));
            default -> throw new IllegalArgumentException(args[0]);
        }
        tell("end", "reached");
    }

    static void tell(String name, Object value) {
        System.out.println(name + "=" + String.valueOf(value).replace("\n", "\\n"));
    }

    /** Over every class of this JDK: what names a guarded member is changed once, and everything else is left alone. */
    private static void rewrite() throws Exception {
        int[] counts = new int[3];
        Path modules = FileSystems.getFileSystem(URI.create("jrt:/")).getPath("/modules");
        try (Stream<Path> files = Files.walk(modules)) {
            for (Path file : (Iterable<Path>) files.filter(one -> one.toString().endsWith(".class"))::iterator) {
                byte[] bytes;
                try (InputStream in = Files.newInputStream(file)) {
                    bytes = in.readAllBytes();
                }
                byte[] before = bytes.clone();
                byte[] result = ClassRewriter.rewrite(bytes);
                counts[0]++;
                if (!Arrays.equals(before, bytes)) tell("changedItsInput", file);
                if (result == bytes) {
                    // As text: every reference to one of these needs its descriptor and its class.
                    String text = new String(bytes, StandardCharsets.ISO_8859_1);
                    if (text.contains("java/lang/Runtime") && text.contains("addShutdownHook") && !file.endsWith("Runtime.class")) tell("missed", file);
                    continue;
                }
                counts[1]++;
                if (ClassRewriter.rewrite(result) != result) tell("notAll", file);
                if (!new String(result, StandardCharsets.ISO_8859_1).contains(GuardedCalls.GUARD)) tell("noGuard", file);
            }
        }
        tell("classes", counts[0]);
        tell("changed", counts[1]);
        byte[] own;
        try (InputStream in = Files.newInputStream(classes.resolve("app/Exits.class"))) {
            own = in.readAllBytes();
        }
        for (int length = 0; length < own.length; length++) ClassRewriter.rewrite(Arrays.copyOf(own, length));
        java.util.Random random = new java.util.Random(5);
        for (int i = 0; i < 20_000; i++) {
            byte[] broken = own.clone();
            for (int n = 0; n < 3; n++) broken[random.nextInt(broken.length)] = (byte) random.nextInt();
            ClassRewriter.rewrite(broken);
        }
        tell("broken", "survived");
    }

    private static void exits(List<String> ways) throws Exception {
        for (String way : ways) {
            FakeTenant app = new FakeTenant(way, classes, Map.of(), new NoKernel(), null);
            Throwable thrown = app.run("app.Exits", way);
            synchronized (app.exits) {
                tell(way, app.exits + " " + (thrown == null ? "returned" : thrown.getClass().getSimpleName()));
            }
            tell(way + ".err", app.err);
            Tenants.remove(app);
        }
    }

    private static void whole() throws Exception {
        Map<String, String> hostBefore = new TreeMap<>();
        for (String name : System.getProperties().stringPropertyNames()) hostBefore.put(name, System.getProperty(name));
        FakeTenant other = new FakeTenant("other", classes, Map.of("own.name", "of other"), new NoKernel(), null);
        FakeTenant app = new FakeTenant("app", classes, Map.of("own.name", "of app", "own.number", "17", "own.cleared", "x"), new NoKernel(), null);
        for (String method : List.of("hooks", "tee", "input", "properties", "uncaught", "securityManager", "urlHandlers")) {
            Throwable thrown = app.run("app.Whole", method);
            if (thrown != null) tell(method + ".threw", thrown);
            if (method.equals("properties")) {
                tell("cleared", app.properties().getProperty("own.cleared"));
                tell("removedForIt", app.properties().getProperty("java.vendor.url"));
            }
        }
        FakeTenant third = new FakeTenant("third", classes, Map.of("own.name", "of third"), new NoKernel(), null);
        tell("replaced.threw", third.run("app.Whole", "replaced"));
        for (String name : List.of("got.afterReset", "got.only")) tell("third." + name, third.properties().getProperty(name));
        other.run("app.Whole", "uncaughtWithout");
        for (String name : new java.util.TreeSet<>(app.properties().stringPropertyNames())) {
            if (name.startsWith("got.")) tell(name, app.properties().getProperty(name));
        }
        tell("hooks", app.hooks.stream().map(Thread::getName).toList());
        tell("out", app.out);
        tell("err", app.err);
        tell("other.out", other.out);
        tell("other.err", other.err.toString().lines().findFirst().orElse("none"));
        other.run("app.Whole", "properties");
        tell("other.own", other.properties().getProperty("got.own"));
        tell("other.only", other.properties().getProperty("only"));
        Map<String, String> hostAfter = new TreeMap<>();
        for (String name : System.getProperties().stringPropertyNames()) hostAfter.put(name, System.getProperty(name));
        tell("hostUnchanged", hostBefore.equals(hostAfter));
        Tenants.remove(app);
        java.lang.ref.WeakReference<ClassLoader> loader = new java.lang.ref.WeakReference<>(app.loader());
        app = null;
        for (int i = 0; i < 20 && loader.get() != null; i++) {
            System.gc();
            Thread.sleep(20);
        }
        tell("collected", loader.get() == null);
    }
}
