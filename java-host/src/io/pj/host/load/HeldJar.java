package io.pj.host.load;

import java.io.File;
import java.io.IOException;
import java.util.jar.JarFile;

/** A jar that is open for as long as a loader needs it: code that gets it from a URL connection and closes it, as it may with one of its own, does no harm. */
final class HeldJar extends JarFile {
    HeldJar(File file, int mode) throws IOException {
        super(file, true, mode, JarFile.runtimeVersion());
    }

    @Override
    public void close() {
        // Only its holder ends it: release().
    }

    void release() throws IOException {
        super.close();
    }
}
