package io.pj.host;

import io.pj.guard.Application;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.Collections;
import java.util.Properties;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;

/** What one application has set of the things that Guard keeps per application; gone with its registration. */
final class TenantState implements Application {
    final Tenant tenant;
    final ThreadGroup group;
    /** Compiled from its policy; null: it has none. */
    final Grants grants;
    private final Set<String> told = ConcurrentHashMap.newKeySet();
    /** Held weakly: a socket that it has forgotten goes as ever. */
    private final Set<Closeable> sockets = Collections.newSetFromMap(Collections.synchronizedMap(new WeakHashMap<>()));
    private volatile PrintStream out;
    private volatile PrintStream err;
    private volatile InputStream in;
    private volatile Thread.UncaughtExceptionHandler uncaught;

    TenantState(Tenant tenant) {
        this.tenant = tenant;
        group = tenant.group();
        grants = tenant.policy() == null ? null : new Grants(tenant.policy());
    }

    @Override
    public void exit(int code) {
        // Whatever the application may do: it is the host that does it.
        PrivilegedAction<Void> exit = () -> {
            tenant.exit(code);
            return null;
        };
        AccessController.doPrivileged(exit);
        throw new ExitError(code);
    }

    @Override
    public void addShutdownHook(Thread hook) {
        tenant.addShutdownHook(hook);
    }

    @Override
    public boolean removeShutdownHook(Thread hook) {
        return tenant.removeShutdownHook(hook);
    }

    @Override
    public PrintStream out() {
        PrintStream own = out;
        return own != null ? own : tenant.out();
    }

    @Override
    public PrintStream err() {
        PrintStream own = err;
        return own != null ? own : tenant.err();
    }

    /** Nothing comes in: the host's own input is nobody's. */
    @Override
    public InputStream in() {
        InputStream own = in;
        return own != null ? own : InputStream.nullInputStream();
    }

    @Override
    public void setOut(PrintStream stream) {
        out = TenantStreams.isShared(stream) ? null : stream;
    }

    @Override
    public void setErr(PrintStream stream) {
        err = TenantStreams.isShared(stream) ? null : stream;
    }

    @Override
    public void setIn(InputStream stream) {
        in = stream == System.in ? null : stream;
    }

    @Override
    public void setProperties(Properties wanted) {
        TenantProperties.replace(tenant.properties(), wanted);
    }

    @Override
    public Thread.UncaughtExceptionHandler uncaughtHandler() {
        return uncaught;
    }

    @Override
    public void setUncaughtHandler(Thread.UncaughtExceptionHandler handler) {
        uncaught = handler;
    }

    @Override
    public void opened(Closeable socket) {
        sockets.add(socket);
    }

    void closeSockets() {
        Closeable[] open;
        synchronized (sockets) {
            open = sockets.toArray(Closeable[]::new);
            sockets.clear();
        }
        for (Closeable socket : open) {
            try {
                socket.close();
            } catch (IOException | RuntimeException ignored) {
                // Nobody waits at it any more, which is what it was for.
            }
        }
    }

    @Override
    public void tell(String text) {
        if (told.add(text)) tenant.err().println("pj: " + text);
    }
}
