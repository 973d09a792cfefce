package io.pj.host;

import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** The log files of one run of an application: appended to, so that they can be rotated by copying and truncating. One stream when both are the same file. */
final class LogFiles {
    final PrintStream out;
    final PrintStream err;

    LogFiles(String out, String err) throws IOException {
        this.out = open(out);
        try {
            this.err = err.equals(out) ? this.out : open(err);
        } catch (IOException failed) {
            this.out.close();
            throw failed;
        }
    }

    private static PrintStream open(String path) throws IOException {
        // As the JDK makes System.out: what is printed is in the file at once.
        return new PrintStream(new BufferedOutputStream(new FileOutputStream(path, true), 8192), true, StandardCharsets.UTF_8);
    }

    void close() {
        out.close();
        err.close();
    }
}
