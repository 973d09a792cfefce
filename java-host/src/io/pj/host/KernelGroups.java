package io.pj.host;

import io.pj.host.Cgroups.Place;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.AccessController;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PrivilegedAction;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/** The kernel's groups (cgroups) of this process, below which every application gets its own. */
final class KernelGroups {
    private static final int LONGEST_NAME = 120;

    /** Made and usable. */
    private final List<Place> places = new ArrayList<>();
    private final String reason;

    private KernelGroups(Cgroups.Found found) {
        List<String> reasons = new ArrayList<>();
        if (found.reason() != null) reasons.add(found.reason());
        for (Place place : found.places()) {
            String refused = place.v2() ? prepareV2(place) : prepareV1(place);
            if (refused == null) places.add(place);
            else reasons.add(refused);
        }
        reason = cpu() && threads() ? null : String.join("; ", reasons);
    }

    /** Looks where this process is, and makes its own groups ready to have others below them. */
    static KernelGroups detect() {
        return new KernelGroups(Cgroups.find());
    }

    /** Quotas of applications are held. */
    boolean cpu() {
        return place("cpu") != null;
    }

    /** Limits on threads are held. */
    boolean threads() {
        return place("pids") != null;
    }

    /** Why not both; null where both are. */
    String reason() {
        return reason;
    }

    /** The group of one application. It is made now; where it cannot be, its limits say so. */
    KernelGroup open(String key) {
        PrivilegedAction<KernelGroup> make = () -> new ThreadGroupFolders(places, folderName(key), reason == null ? "" : reason);
        return AccessController.doPrivileged(make);
    }

    private Place place(String controller) {
        for (Place place : places) if (place.controllers().contains(controller)) return place;
        return null;
    }

    /** A process that has no limit yet is not in the group where its limit would be. It goes there now, before it has threads elsewhere. */
    private static String prepareV1(Place place) {
        if (Files.isDirectory(place.folder())) return null;
        try {
            Files.createDirectories(place.folder());
        } catch (IOException thrown) {
            return place.folder() + " cannot be made: " + thrown.getMessage();
        }
        String refused = Cgroups.write(place.folder().resolve("cgroup.procs"), "0");
        if (refused != null) {
            try {
                Files.deleteIfExists(place.folder());
            } catch (IOException stays) {
                return refused;
            }
        }
        return refused;
    }

    /** Every folder from the top down has to hand the controllers on. Those for threads may be handed on by a group that has processes itself. */
    private static String prepareV2(Place place) {
        if (place.controllers().isEmpty()) return null;
        List<Path> chain = new ArrayList<>();
        for (Path here = place.folder(); here != null && Files.exists(here.resolve("cgroup.controllers")); here = here.getParent()) chain.add(0, here);
        String refused = null;
        for (Path here : chain) {
            for (String name : place.controllers()) {
                Set<String> available = Cgroups.words(here.resolve("cgroup.controllers"));
                if (!available.contains(name) || Cgroups.words(here.resolve("cgroup.subtree_control")).contains(name)) continue;
                String failed = Cgroups.write(here.resolve("cgroup.subtree_control"), "+" + name);
                if (failed != null) refused = failed;
            }
        }
        Set<String> handed = Cgroups.words(place.folder().resolve("cgroup.subtree_control"));
        if (handed.containsAll(place.controllers())) return null;
        return refused != null ? refused : "the cpu and pids controllers are not delegated to " + place.folder();
    }

    /** No kernel file begins like this. Another name never gives the same folder. */
    static String folderName(String key) {
        String safe = key.replaceAll("[^A-Za-z0-9_.@-]", "_");
        if (safe.length() <= LONGEST_NAME && safe.equals(key)) return "app-" + safe;
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
            return "app-" + safe.substring(0, Math.min(safe.length(), LONGEST_NAME)) + "+" + HexFormat.of().formatHex(digest, 0, 6);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
