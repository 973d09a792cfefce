package io.pj.host.load;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.ZipFile;

/**
 * Jars as they were when a loader took them. A build that writes a jar anew in place would break whoever has it open, so each is copied to a file that is
 * unlinked as soon as it is open: nothing is left of it when this process is killed, and its bytes take no heap. Loaders that take the same file share one copy.
 */
final class JarStore {
    /** A file that was changed within this time may be changed again without its stamp showing it: it is not shared. Milliseconds. */
    private static final long RACY = 2_000;
    private static final int TRIES = 5;
    private static final Map<String, JarStore> HELD = new HashMap<>();

    private final String stamp;
    private final HeldJar jar;
    private int holders = 1;

    private JarStore(String stamp, HeldJar jar) {
        this.stamp = stamp;
        this.jar = jar;
    }

    HeldJar jar() {
        return jar;
    }

    /** @throws IOException it cannot be read, or it is not a jar */
    static JarStore take(Path file) throws IOException {
        synchronized (HELD) {
            String stamp = stamp(file);
            JarStore held = HELD.get(stamp);
            if (held != null) {
                held.holders++;
                return held;
            }
            HeldJar jar = copy(file, stamp);
            boolean settled = System.currentTimeMillis() - Files.getLastModifiedTime(file).toMillis() > RACY;
            JarStore made = new JarStore(settled && stamp.equals(stamp(file)) ? stamp : null, jar);
            if (made.stamp != null) HELD.put(stamp, made);
            return made;
        }
    }

    void release() throws IOException {
        synchronized (HELD) {
            if (--holders > 0) return;
            if (stamp != null) HELD.remove(stamp);
            jar.release();
        }
    }

    private static HeldJar copy(Path file, String before) throws IOException {
        for (int i = 1; ; i++) {
            Path copy = Files.createTempFile("pj-jar-", ".jar", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            try {
                Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
                String after = stamp(file);
                if (after.equals(before)) return new HeldJar(copy.toFile(), ZipFile.OPEN_READ | ZipFile.OPEN_DELETE);
                if (i == TRIES) throw new IOException("it is being written");
                before = after;
            } finally {
                Files.deleteIfExists(copy);
            }
        }
    }

    private static String stamp(Path file) throws IOException {
        Map<String, Object> unix = Files.readAttributes(file, "unix:dev,ino,size,lastModifiedTime,ctime");
        return unix.get("dev") + ":" + unix.get("ino") + ":" + unix.get("size") + ":" + unix.get("lastModifiedTime") + ":" + unix.get("ctime");
    }

    /** The file it was taken from is told in URLs; nothing reads it again. */
    static String url(Path file) {
        return new File(file.toString()).toURI().toString();
    }
}
