package io.pj.host;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Processes that an application has started and left. They are in its kernel group; where there is none they cannot be told from others'. */
final class Children {
    /** Between asking them to end and killing them, and after that. ns. */
    private static final long WAIT = TimeUnit.SECONDS.toNanos(1);

    private Children() {}

    /** `wait`: false kills them at once, and does not look whether they are gone. @return who was ended, for people: `sleep (4711)` */
    static List<String> end(KernelGroup group, boolean wait) {
        List<String> ended = new ArrayList<>();
        for (ProcessHandle one : group.processes()) {
            ended.add(one.info().command().map(path -> path.substring(path.lastIndexOf('/') + 1) + " (" + one.pid() + ")").orElse("process " + one.pid()));
            if (wait) one.destroy();
        }
        if (!ended.isEmpty() && wait) settle(group);
        for (ProcessHandle one : group.processes()) one.destroyForcibly();
        if (!ended.isEmpty() && wait) settle(group);
        return ended;
    }

    private static void settle(KernelGroup group) {
        long until = System.nanoTime() + WAIT;
        while (System.nanoTime() < until && !group.processes().isEmpty()) {
            try {
                Thread.sleep(5);
            } catch (InterruptedException hurried) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
