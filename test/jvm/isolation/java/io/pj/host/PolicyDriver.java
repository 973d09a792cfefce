package io.pj.host;

import static io.pj.host.Driver.tell;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/** Every act under policies that differ in one key; `NAME.ACT=ok` or what it threw. */
final class PolicyDriver {
    private static final List<String> ACTS = List.of("readForbidden", "readGranted", "writeGranted", "climb", "useVolume", "readClassPath", "link", "exec", "connectGranted",
            "connectOther", "listen", "unixSocket", "reflect", "reflectOwnPublic", "library", "foreignThreads", "foreignByAll", "insideTheHost", "classOfTheHost",
            "ownManager", "privileged", "selfMadeLoader", "commonPool", "throughTheJdk", "ordinary", "hiddenExit");

    private PolicyDriver() {}

    static void run(String dir) throws Exception {
        tell("available", Policies.available());
        Path root = Path.of(dir);
        Path forbidden = Files.createDirectories(root.resolve("forbidden")).resolve("file");
        Path granted = Files.createDirectories(root.resolve("granted")).resolve("file");
        Path volume = Files.createDirectories(root.resolve("volume"));
        Files.writeString(granted, "granted");
        AtomicBoolean touched = new AtomicBoolean();
        Thread foreign = new Thread(() -> {
            while (true) {
                try {
                    Thread.sleep(3_600_000);
                } catch (InterruptedException interrupted) {
                    touched.set(true);
                }
            }
        }, "foreign");
        foreign.setDaemon(true);
        foreign.start();
        InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
        try (ServerSocket one = new ServerSocket(0, 50, loopback); ServerSocket other = new ServerSocket(0, 50, loopback)) {
            Map<String, String> properties = Map.of("act.forbidden", forbidden.toString(), "act.granted", granted.toString(), "act.volume", volume.toString(), "act.classes",
                    Driver.classes.toString(), "act.port", String.valueOf(one.getLocalPort()), "act.otherPort", String.valueOf(other.getLocalPort()));
            List<Policy.Rule> files = List.of(new Policy.Rule(granted.toString(), "read"));
            List<Policy.Rule> sockets = List.of(new Policy.Rule("127.0.0.1:" + one.getLocalPort(), "connect"));
            for (String name : List.of("none", "files", "sockets", "reflection", "all")) {
                boolean all = name.equals("all");
                Policy policy = name.equals("none") ? null
                        : Policies.policyOf(!all && !name.equals("reflection"), !all && !name.equals("sockets"), !all && !name.equals("files"), files, sockets,
                                List.of(Driver.classes.toString()), List.of(volume.toString()));
                FakeTenant app;
                try {
                    app = new FakeTenant(name, Driver.classes, properties, new NoKernel(), policy);
                } catch (UnsupportedOperationException thrown) {
                    tell(name, thrown.getMessage());
                    continue;
                }
                for (String act : ACTS) {
                    // No policy and no SecurityManager yet: it would end this JVM.
                    if (act.equals("hiddenExit") && policy == null) continue;
                    Files.writeString(forbidden, "forbidden");
                    touched.set(false);
                    Throwable thrown = app.run("app.Acts", act);
                    Thread.sleep(act.startsWith("foreign") ? 20 : 0);
                    String result = thrown == null ? "ok" : thrown instanceof SecurityException ? "denied" : thrown.toString();
                    tell(name + "." + act, act.startsWith("foreign") ? result + (touched.get() ? " touched" : "") : act.equals("hiddenExit") ? app.exits : result);
                    if (thrown instanceof SecurityException && System.getenv("TRACE") != null) thrown.printStackTrace();
                }
                Tenants.remove(app);
            }
            // With a SecurityManager there: one without a policy, and the host itself.
            FakeTenant free = new FakeTenant("free", Driver.classes, properties, new NoKernel(), null);
            for (String act : List.of("readForbidden", "exec", "connectOther", "reflect", "ordinary", "commonPool", "selfMadeLoader")) {
                Throwable thrown = free.run("app.Acts", act);
                tell("free." + act, thrown == null ? "ok" : thrown.toString());
            }
            tell("free.hiddenExit", Policies.available() ? free.run("app.Acts", "hiddenExit") + " " + free.exits : "not tried");
            tell("host", Files.readString(forbidden));
            try {
                new Grants(new Policy(true, true, false, List.of(new Policy.Rule("/x", "fly")), List.of()));
                tell("badRule", "taken");
            } catch (IllegalArgumentException thrown) {
                tell("badRule", thrown.getMessage());
            }
        }
    }
}
