package app;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.AccessController;
import java.security.PrivilegedAction;

/** Reads what it may not, from a domain that grants everything. */
public final class Escape implements Runnable {
    @Override
    public void run() {
        PrivilegedAction<String> read = () -> {
            try {
                return Files.readString(Path.of("/etc/hostname"));
            } catch (java.io.IOException thrown) {
                throw new IllegalStateException(thrown);
            }
        };
        AccessController.doPrivileged(read);
    }
}
