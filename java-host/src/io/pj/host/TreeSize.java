package io.pj.host;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.Iterator;

/**
 * The bytes of the files below a folder, counted a little at a time; as long as files say they are, so a sparse one counts in full, and one with two names in the
 * folder twice. Links are not followed. What goes meanwhile, or can't be read, is left out.
 */
final class TreeSize implements AutoCloseable {
    private final ArrayDeque<Path> folders = new ArrayDeque<>();
    private DirectoryStream<Path> open;
    private Iterator<Path> entries;
    private long bytes;

    TreeSize(Path root) {
        folders.add(root);
    }

    /** Counts for about `millis`. True: that was all. */
    boolean go(long millis) {
        long until = System.nanoTime() + millis * 1_000_000;
        while (System.nanoTime() < until) {
            if (entries == null && !enter()) return true;
            try {
                if (entries.hasNext()) add(entries.next());
                else close();
            } catch (DirectoryIteratorException e) {
                close();
            }
        }
        return false;
    }

    long bytes() {
        return bytes;
    }

    /** Opens the next folder that can be; false: there is none. */
    private boolean enter() {
        while (!folders.isEmpty()) {
            try {
                open = Files.newDirectoryStream(folders.poll());
                entries = open.iterator();
                return true;
            } catch (IOException e) {
                // Gone, or not for us.
            }
        }
        return false;
    }

    private void add(Path path) {
        try {
            BasicFileAttributes is = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (is.isDirectory()) folders.push(path);
            else if (is.isRegularFile()) bytes += is.size();
        } catch (IOException e) {
            // Gone meanwhile.
        }
    }

    @Override
    public void close() {
        entries = null;
        if (open == null) return;
        try {
            open.close();
        } catch (IOException e) {
            // Nothing is lost by it.
        }
        open = null;
    }
}
