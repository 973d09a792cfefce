package io.pj.host;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Where this process is in the kernel's cgroup trees, and the files there. */
final class Cgroups {
    /** A folder of this process's own: groups of applications are made below it. `controllers`: of cpu, cpuacct and pids, those that it has. */
    record Place(Path folder, boolean v2, Set<String> controllers) {}

    /** `reason`: why something is not there; null where all is. */
    record Found(List<Place> places, String reason) {}

    private record Mount(Path path, String top, boolean v2, Set<String> options) {}

    private static final List<String> WANTED = List.of("cpu", "pids", "cpuacct");
    /** Every group of pj's is below one of this name: `pj/LINEAGE/ID+PLACE`. */
    private static final String MARK = "/pj/";

    private Cgroups() {}

    /** Reads /proc/self/mountinfo and /proc/self/cgroup; makes nothing. */
    static Found find(String mountinfo, String self) {
        Map<String, String> own = new HashMap<>();
        for (String line : self.split("\n")) {
            String[] fields = line.split(":", 3);
            if (fields.length == 3) for (String name : fields[1].split(",")) own.put(name, fields[2]);
        }
        List<Mount> mounts = mounts(mountinfo);
        if (mounts.isEmpty()) return new Found(List.of(), "no cgroup file system is mounted");
        Mount unified = mounts.stream().filter(Mount::v2).findFirst().orElse(null);
        String tracked = own.getOrDefault("", "/");
        List<Place> places = new ArrayList<>();
        Set<String> missing = new HashSet<>(List.of("cpu", "pids"));
        boolean v1 = false;
        for (Mount mount : mounts) {
            if (mount.v2) continue;
            Set<String> has = new HashSet<>(WANTED);
            has.retainAll(mount.options);
            if (!has.contains("cpu") && !has.contains("pids")) continue;
            v1 = true;
            Path folder = below(mount, own.getOrDefault(has.iterator().next(), "/"), tracked);
            if (folder == null) continue;
            places.add(new Place(folder, false, has));
            missing.removeAll(has);
        }
        if (unified != null && tracked.contains(MARK)) {
            // With v1 beside it the v2 tree has none of these controllers, but it counts the CPU time of every group.
            places.add(new Place(inside(unified, tracked), true, v1 ? Set.of() : Set.of("cpu", "pids")));
            if (!v1) missing.clear();
        }
        if (missing.isEmpty()) return new Found(places, null);
        if (places.isEmpty()) return new Found(places, "this JVM is in no cgroup of pj's");
        return new Found(places, "no cgroup tree with " + String.join(" and ", missing) + " may be used");
    }

    static Found find() {
        try {
            return find(Files.readString(Path.of("/proc/self/mountinfo")), Files.readString(Path.of("/proc/self/cgroup")));
        } catch (IOException | RuntimeException thrown) {
            return new Found(List.of(), "cgroups cannot be read: " + thrown.getMessage());
        }
    }

    /**
     * The group of this process in a v1 tree. One without limits is only in the tree that tracks it; then the group of the same name, which the agent would make
     * for a limit and removes with the others.
     */
    private static Path below(Mount mount, String own, String tracked) {
        if (own.contains(MARK)) return inside(mount, own);
        if (!tracked.contains(MARK)) return null;
        Path place = inside(mount, own);
        // The topmost folder that may be written, as the agent chooses it: for root the top of the tree.
        while (!place.equals(mount.path) && Files.isWritable(place.getParent().resolve("cgroup.procs"))) place = place.getParent();
        return place.resolve(tracked.substring(tracked.indexOf(MARK) + 1));
    }

    private static Path inside(Mount mount, String group) {
        String rest = group.equals(mount.top) ? "" : !mount.top.equals("/") && group.startsWith(mount.top + "/") ? group.substring(mount.top.length()) : group;
        return Path.of(mount.path + rest).normalize();
    }

    private static List<Mount> mounts(String mountinfo) {
        List<Mount> found = new ArrayList<>();
        for (String line : mountinfo.split("\n")) {
            String[] halves = line.split(" - ", 2);
            if (halves.length < 2) continue;
            String[] left = halves[0].split(" ");
            String[] right = halves[1].split(" ");
            if (left.length < 6 || right.length < 3 || !(right[0].equals("cgroup") || right[0].equals("cgroup2"))) continue;
            Set<String> options = new HashSet<>(Arrays.asList(right[2].split(",")));
            if (options.contains("ro") || Arrays.asList(left[5].split(",")).contains("ro")) continue;
            found.add(new Mount(Path.of(unescape(left[4])), unescape(left[3]), right[0].equals("cgroup2"), options));
        }
        return found;
    }

    /** mountinfo writes blank, tab, newline and backslash as octal. */
    private static String unescape(String text) {
        return text.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\");
    }

    /** Null, or why the kernel refused. */
    static String write(Path file, String text) {
        // Not a channel: those are closed under a thread that is being interrupted.
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            open.write(text.getBytes(StandardCharsets.US_ASCII));
            return null;
        } catch (IOException thrown) {
            return file + ": " + (thrown.getMessage() == null ? thrown.getClass().getSimpleName() : thrown.getMessage());
        }
    }

    /** Without the line's end; null where it cannot be read. */
    static String read(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException gone) {
            return null;
        }
    }

    static Set<String> words(Path file) {
        String text = read(file);
        return text == null || text.isEmpty() ? Set.of() : Set.of(text.split("\\s+"));
    }
}
