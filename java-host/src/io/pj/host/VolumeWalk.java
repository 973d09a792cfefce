package io.pj.host;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;

/**
 * One count of the bytes below a folder, done piece by piece. Sizes of files as they tell them; one with several names counts once. Symbolic links are not followed,
 * other file systems that are mounted below are not entered, what can't be read or has just gone counts nothing.
 */
final class VolumeWalk implements AutoCloseable {
    private static final String ATTRIBUTES = "unix:mode,size,nlink,ino,dev";
    private static final int TYPE = 0170000;
    private static final int FOLDER = 0040000;
    private static final int FILE = 0100000;

    private final long device;
    private final Deque<Path> waiting = new ArrayDeque<>();
    /** Inodes of files with several names. */
    private final Set<Long> counted = new HashSet<>();
    private DirectoryStream<Path> open;
    private Iterator<Path> rest;
    private long bytes;

    /** @throws IOException it is not there. A link to it may stand in its place. */
    VolumeWalk(Path folder) throws IOException {
        Path real = folder.toRealPath();
        device = (long) Files.readAttributes(real, "unix:dev").get("dev");
        waiting.add(real);
    }

    /** Goes on until the time (of System.nanoTime) is over. @return whether all is counted */
    boolean run(long until) {
        while (System.nanoTime() - until < 0) {
            Path next = next();
            if (next == null) {
                if (!enter()) return true;
            } else {
                count(next);
            }
        }
        return false;
    }

    /** What is counted so far. */
    long bytes() {
        return bytes;
    }

    /** The next entry of the folder at hand; null: it has no more. */
    private Path next() {
        try {
            if (rest != null && rest.hasNext()) return rest.next();
        } catch (DirectoryIteratorException gone) {
            // What it had is counted.
        }
        close();
        return null;
    }

    /** The next folder. @return false: there is none */
    private boolean enter() {
        Path folder = waiting.poll();
        if (folder == null) return false;
        try {
            open = Files.newDirectoryStream(folder);
            rest = open.iterator();
        } catch (IOException gone) {
            close();
        }
        return true;
    }

    private void count(Path path) {
        Map<String, Object> is;
        try {
            is = Files.readAttributes(path, ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
        } catch (IOException gone) {
            return;
        }
        int type = (int) is.get("mode") & TYPE;
        if (type == FOLDER) {
            // The last one found comes first: few wait in a deep tree.
            if ((long) is.get("dev") == device) waiting.push(path);
        } else if (type == FILE && ((int) is.get("nlink") < 2 || counted.add((long) is.get("ino")))) {
            bytes += (long) is.get("size");
        }
    }

    @Override
    public void close() {
        rest = null;
        if (open == null) return;
        try {
            open.close();
        } catch (IOException ignored) {
            // Nothing was written to it.
        }
        open = null;
    }
}
