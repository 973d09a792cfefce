package io.pj.host;

import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

/** The unix socket. */
final class Server implements Closeable {
    /** Between two tries to take a connection when there is no file or thread left for one. */
    private static final long EXHAUSTED_MS = 100;

    private final Path path;
    private final ServerSocketChannel channel;
    /** Which file is ours: another host may have put its own in its place. */
    private final Object file;

    /**
     * Listens, for this user only. A socket that nobody listens on any more is replaced.
     *
     * @throws IOException another host listens on it, or it cannot be made
     */
    Server(Path path) throws IOException {
        this.path = path;
        if (answers(path)) throw new IOException("another host listens on " + path);
        // It is in a folder that a reboot empties.
        var owner = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        Files.createDirectories(path.getParent(), owner);
        // Made beside and moved there with its mode: nobody meets it half made.
        Path made = path.resolveSibling(path.getFileName() + "." + ProcessHandle.current().pid());
        channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            Files.deleteIfExists(made);
            channel.bind(UnixDomainSocketAddress.of(made), 128);
            Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rw-------"));
            Files.move(made, path, StandardCopyOption.ATOMIC_MOVE);
            file = Files.getAttribute(path, "unix:ino");
        } catch (IOException | RuntimeException failed) {
            channel.close();
            Files.deleteIfExists(made);
            throw failed;
        }
    }

    private static boolean answers(Path path) {
        if (!Files.exists(path)) return false;
        try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            return probe.isConnected();
        } catch (IOException nobody) {
            return false;
        }
    }

    /** Throws only when its socket is closed. */
    void serve(Protocol protocol, Workers workers) throws IOException {
        while (true) {
            SocketChannel client = null;
            try {
                client = channel.accept();
                SocketChannel taken = client;
                workers.execute(() -> new Connection(taken, protocol, workers).serve());
            } catch (ClosedChannelException closed) {
                throw closed;
            } catch (IOException | OutOfMemoryError exhausted) {
                // An application has used up the files or threads of this process: its neighbours must not go down with it, nor the host fall silent.
                if (client != null) client.close();
                Main.log("no connection could be taken: " + exhausted);
                pause();
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(EXHAUSTED_MS);
        } catch (InterruptedException ignored) {
            // Nobody interrupts it.
        }
    }

    @Override
    public void close() throws IOException {
        if (file.equals(Files.getAttribute(path, "unix:ino"))) Files.deleteIfExists(path);
    }
}
