package io.pj.host;

import static io.pj.host.Driver.tell;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/** Kernel groups for real. Times are the kernel's CPU counters. */
final class KernelDriver {
    private KernelDriver() {}

    static void spin() throws Exception {
        KernelGroups groups = KernelGroups.detect();
        tell("reason", groups.reason());
        FakeTenant spinner = app(groups, "spinner@1");
        FakeTenant neighbour = app(groups, "neighbour@1");
        tell("refused", spinner.kernel().setCpu(0.3) + " " + neighbour.kernel().setCpu(0.5));
        tell("held", spinner.kernel().cpu() + " " + neighbour.kernel().cpu());
        Throwable[] thrown = new Throwable[1];
        Class<?> spin = spinner.load("app.Spin");
        Class<?> work = neighbour.load("app.Spin");
        spin.getField("paused").set(null, true);
        Thread one = spinner.start("app.Spin", "three", thrown);
        Thread two = neighbour.start("app.Spin", "one", thrown);
        Thread.sleep(700);
        // Alone and together by turns: what else goes on in this machine hits both alike.
        int rounds = 6;
        double[] alone = new double[rounds];
        double[] together = new double[rounds];
        long spun = 0;
        long spunNanos = 0;
        for (int i = 0; i < rounds; i++) {
            spin.getField("paused").set(null, true);
            Thread.sleep(150);
            alone[i] = rate(neighbour, work, 600);
            spin.getField("paused").set(null, false);
            Thread.sleep(150);
            long cpu = spinner.kernel().cpuMicros();
            long start = System.nanoTime();
            together[i] = rate(neighbour, work, 600);
            spun += spinner.kernel().cpuMicros() - cpu;
            spunNanos += System.nanoTime() - start;
        }
        tell("spinner.cores", spun * 1000.0 / spunNanos);
        tell("spinner.seconds", spunNanos / 1e9);
        Arrays.sort(alone);
        Arrays.sort(together);
        tell("ratio", (together[2] + together[3]) / (alone[2] + alone[3]));
        spin.getField("done").set(null, true);
        work.getField("done").set(null, true);
        one.join();
        two.join();
        long after = spinner.kernel().cpuMicros();
        tell("countsTheDead", after >= spun);
        for (FakeTenant app : new FakeTenant[] {spinner, neighbour}) app.kernel().remove();
    }

    private static double rate(FakeTenant app, Class<?> spin, long ms) throws Exception {
        long before = spin.getField("turns").getLong(null);
        long start = System.nanoTime();
        Thread.sleep(ms);
        return (spin.getField("turns").getLong(null) - before) * 1e9 / (System.nanoTime() - start);
    }

    static void threads() throws Exception {
        KernelGroups groups = KernelGroups.detect();
        FakeTenant small = app(groups, "small@1");
        FakeTenant neighbour = app(groups, "neighbour@1");
        tell("refused", small.kernel().setMaxThreads(5));
        tell("held", small.kernel().maxThreads());
        // The thread that starts them is one of the five.
        tell("small.threw", small.run("app.Spin", "many"));
        neighbour.run("app.Spin", "many");
        tell("small", small.properties().getProperty("got.threads"));
        tell("neighbour", neighbour.properties().getProperty("got.threads"));
        small.load("app.Spin").getField("done").set(null, true);
        neighbour.load("app.Spin").getField("done").set(null, true);
        while (small.group().activeCount() + neighbour.group().activeCount() > 0) Thread.sleep(5);
        small.kernel().remove();
        neighbour.kernel().remove();
    }

    static void limits() throws Exception {
        KernelGroups groups = KernelGroups.detect();
        tell("cpu", groups.cpu());
        tell("threads", groups.threads());
        tell("reason", groups.reason());
        KernelGroup group = groups.open("we/ird ünd ../..@1");
        tell("set", group.setCpu(1.25) + " " + group.cpu() + " " + group.setMaxThreads(7) + " " + group.maxThreads());
        tell("tiny", group.setCpu(0.004) + " " + group.cpu());
        tell("bad", group.setCpu(0.0) + "; " + group.setCpu(Double.NaN) + "; " + group.setMaxThreads(0));
        tell("lifted", group.setCpu(null) + " " + group.cpu() + " " + group.setMaxThreads(null) + " " + group.maxThreads());
        KernelGroup again = groups.open("we/ird ünd ../..@1");
        tell("again", again.setCpu(0.5) + " " + group.cpu());
        group.remove();
        group.remove();
        tell("gone", group.cpu() + " " + group.cpuMicros());
        tell("names", KernelGroups.folderName("a.b@1") + " " + KernelGroups.folderName("../x") + " " + (KernelGroups.folderName("x".repeat(300)).length() < 200)
                + " " + KernelGroups.folderName("a/b").equals(KernelGroups.folderName("a_b")));
    }

    static void find(Path mountinfo, Path self) throws Exception {
        Cgroups.Found found = Cgroups.find(Files.readString(mountinfo), Files.readString(self));
        for (Cgroups.Place place : found.places()) tell("place", place.folder() + " " + (place.v2() ? "v2" : "v1") + " " + new java.util.TreeSet<>(place.controllers()));
        tell("reason", found.reason());
    }

    private static FakeTenant app(KernelGroups groups, String key) {
        return new FakeTenant(key, Driver.classes, Map.of(), groups.open(key), null);
    }
}
