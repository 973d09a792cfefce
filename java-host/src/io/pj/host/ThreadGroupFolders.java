package io.pj.host;

import io.pj.host.Cgroups.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** One application's folders, one in every cgroup tree: v1 takes threads in `tasks`, v2 in a threaded group. Everything is read anew. */
final class ThreadGroupFolders implements KernelGroup {
    private static final long PERIOD = 100_000;
    private static final long MAX_PERIOD = 1_000_000;
    /** The shortest quota that the kernel takes, in µs. */
    private static final long MIN_QUOTA = 1_000;
    private static final int REMOVE_TRIES = 40;
    private static final long REMOVE_PAUSE = 5;

    private record Folder(Path path, Place place) {}

    private final List<Folder> folders = new ArrayList<>();
    private final String reason;

    ThreadGroupFolders(List<Place> places, String name, String reason) {
        List<String> reasons = new ArrayList<>();
        if (!reason.isEmpty()) reasons.add(reason);
        for (Place place : places) {
            Folder folder = new Folder(place.folder().resolve(name), place);
            String refused = make(folder);
            if (refused == null) folders.add(folder);
            else reasons.add(refused);
        }
        this.reason = String.join("; ", reasons);
    }

    private static String make(Folder folder) {
        try {
            // What a host before this one has left counts what has long gone.
            Files.deleteIfExists(folder.path);
        } catch (IOException busy) {
            // Threads are in it still: it is used as it is.
        }
        try {
            if (!Files.isDirectory(folder.path)) Files.createDirectory(folder.path);
        } catch (IOException thrown) {
            return folder.path + " cannot be made: " + thrown.getMessage();
        }
        Path type = folder.path.resolve("cgroup.type");
        return folder.place.v2() && !"threaded".equals(Cgroups.read(type)) ? Cgroups.write(type, "threaded") : null;
    }

    @Override
    public void join() {
        // A virtual thread has no thread of the kernel's own.
        if (folders.isEmpty() || Thread.currentThread().getClass().getName().equals("java.lang.VirtualThread")) return;
        privileged(() -> {
            try {
                String thread = Files.readSymbolicLink(Path.of("/proc/thread-self")).getFileName().toString();
                for (Folder folder : folders) Cgroups.write(folder.path.resolve(file(folder)), thread);
            } catch (IOException noProc) {
                return null;
            }
            return null;
        });
    }

    @Override
    public String setCpu(Double cores) {
        if (cores != null && !(cores > 0 && cores < 1e6)) return cores + " is not a number of cores: it has to be above 0";
        return privileged(() -> {
            Folder folder = folder("cpu");
            if (folder == null) return cores == null ? null : reason;
            long period = cores == null || cores * PERIOD >= MIN_QUOTA ? PERIOD : Math.min(MAX_PERIOD, Math.round(MIN_QUOTA / cores));
            long quota = cores == null ? -1 : Math.max(MIN_QUOTA, Math.round(cores * period));
            if (folder.place.v2()) return Cgroups.write(folder.path.resolve("cpu.max"), (quota < 0 ? "max" : quota) + " " + period);
            String refused = null;
            if (!words(folder, "cpu.cfs_period_us")[0].equals(String.valueOf(period))) {
                // Each is judged with the other as it is: without a quota any period will do.
                Cgroups.write(folder.path.resolve("cpu.cfs_quota_us"), "-1");
                refused = Cgroups.write(folder.path.resolve("cpu.cfs_period_us"), String.valueOf(period));
            }
            if (refused == null) refused = Cgroups.write(folder.path.resolve("cpu.cfs_quota_us"), String.valueOf(quota));
            if (refused != null && cores != null && refused.contains("Invalid argument")) return "it is more than the host JVM itself may use (" + refused + ")";
            return refused;
        });
    }

    @Override
    public String setMaxThreads(Integer threads) {
        if (threads != null && threads <= 0) return threads + " is not a number of threads: it has to be above 0";
        return privileged(() -> {
            Folder folder = folder("pids");
            if (folder == null) return threads == null ? null : reason;
            return Cgroups.write(folder.path.resolve("pids.max"), threads == null ? "max" : threads.toString());
        });
    }

    @Override
    public Double cpu() {
        return privileged(() -> {
            Folder folder = folder("cpu");
            if (folder == null) return null;
            String[] max = folder.place.v2()
                    ? words(folder, "cpu.max")
                    : new String[] {words(folder, "cpu.cfs_quota_us")[0], words(folder, "cpu.cfs_period_us")[0]};
            return max.length < 2 || !max[0].matches("\\d+") || !max[1].matches("\\d+") ? null : Double.valueOf(Double.parseDouble(max[0]) / Double.parseDouble(max[1]));
        });
    }

    @Override
    public Integer maxThreads() {
        return privileged(() -> {
            Folder folder = folder("pids");
            String max = folder == null ? "max" : words(folder, "pids.max")[0];
            return max.matches("\\d{1,9}") ? Integer.valueOf(max) : null;
        });
    }

    @Override
    public long cpuMicros() {
        return privileged(() -> {
            Folder acct = folder("cpuacct");
            if (acct != null) {
                String nanos = words(acct, "cpuacct.usage")[0];
                if (nanos.matches("\\d+")) return Long.parseLong(nanos) / 1_000;
            }
            for (Folder folder : folders) {
                if (!folder.place.v2()) continue;
                String text = Cgroups.read(folder.path.resolve("cpu.stat"));
                if (text == null) continue;
                for (String line : text.split("\n")) if (line.startsWith("usage_usec ")) return Long.parseLong(line.substring(11));
            }
            return -1L;
        });
    }

    @Override
    public List<ProcessHandle> processes() {
        return privileged(() -> {
            List<ProcessHandle> found = new ArrayList<>();
            if (folders.isEmpty()) return found;
            Set<Long> pids = new HashSet<>();
            // A group of threads tells no processes.
            for (String thread : threads(folders.get(0))) {
                String status = Cgroups.read(Path.of("/proc", thread, "status"));
                if (status == null) continue;
                for (String line : status.split("\n")) if (line.startsWith("Tgid:")) pids.add(Long.valueOf(line.substring(5).strip()));
            }
            pids.remove(ProcessHandle.current().pid());
            for (long pid : pids) ProcessHandle.of(pid).filter(ProcessHandle::isAlive).ifPresent(found::add);
            return found;
        });
    }

    @Override
    public void sweep() {
        privileged(() -> {
            for (Folder folder : folders) {
                for (String thread : threads(folder)) {
                    String name = Cgroups.read(Path.of("/proc/self/task", thread, "comm"));
                    if (name != null && SharedThreads.isOne(name)) Cgroups.write(folder.place.folder().resolve(file(folder)), thread);
                }
            }
            return null;
        });
    }

    private static String file(Folder folder) {
        return folder.place.v2() ? "cgroup.threads" : "tasks";
    }

    private static Set<String> threads(Folder folder) {
        return Cgroups.words(folder.path.resolve(file(folder)));
    }

    @Override
    public void remove() {
        sweep();
        privileged(() -> {
            List<Folder> left = new ArrayList<>(folders);
            for (int i = 0; ; i++) {
                left.removeIf(ThreadGroupFolders::removed);
                if (left.isEmpty() || i == REMOVE_TRIES) return null;
                try {
                    // A thread that has ended for Java takes the kernel a moment more.
                    Thread.sleep(REMOVE_PAUSE);
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                    return null;
                }
            }
        });
    }

    private static boolean removed(Folder folder) {
        try {
            Files.delete(folder.path);
            return true;
        } catch (NoSuchFileException gone) {
            return true;
        } catch (IOException busy) {
            return false;
        }
    }

    private Folder folder(String controller) {
        for (Folder folder : folders) if (folder.place.controllers().contains(controller)) return folder;
        return null;
    }

    private static String[] words(Folder folder, String file) {
        String text = Cgroups.read(folder.path.resolve(file));
        return (text == null ? "" : text).split("\\s+");
    }

    /** Whatever the application may do, on whose threads this runs: it is the host that does it. */
    private static <T> T privileged(PrivilegedAction<T> action) {
        return AccessController.doPrivileged(action);
    }
}
