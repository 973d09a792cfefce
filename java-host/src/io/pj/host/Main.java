package io.pj.host;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URLConnection;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** The program of a host JVM. Ends on SIGTERM, and on `shutdown`, after it has stopped its applications. */
public final class Main {
    private static final PrintStream LOG = System.err;
    /** Exit code: it cannot run with what it was given. */
    private static final int UNUSABLE = 2;

    private Main() {}

    public static void main(String[] args) {
        try {
            Options options = Options.of(args);
            // A jar that is replaced on disk must not be served from a file that was opened before.
            URLConnection.setDefaultUseCaches("jar", false);
            Logging.install();
            Tenants.install();
            Host host = new Host(options);
            Server server = new Server(options.socket());
            Runtime.getRuntime().addShutdownHook(new Thread(() -> end(host, server), "pj-end"));
            log("pj " + options.version() + " listens on " + options.socket());
            server.serve(new Protocol(host), host.workers());
        } catch (IllegalArgumentException | IOException failed) {
            log(failed.getMessage());
            System.exit(UNUSABLE);
        }
    }

    private static void end(Host host, Server server) {
        host.end(Double.MAX_VALUE);
        try {
            server.close();
        } catch (IOException ignored) {
            // The next host replaces it.
        }
    }

    /** A line for the host's own log. */
    static void log(String text) {
        LOG.println(Instant.now().truncatedTo(ChronoUnit.MILLIS) + " " + text);
    }
}
