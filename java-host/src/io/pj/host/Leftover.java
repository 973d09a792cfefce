package io.pj.host;

import io.pj.guard.Application;
import java.io.Closeable;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.Properties;

/** Threads that outlived their application, its finalizers and cleaners: what they ask of the JVM is not done, and ends neither it nor another application. */
enum Leftover implements Application {
    ALL;

    @Override
    public void exit(int code) {
        throw new ExitError(code);
    }

    @Override
    public void addShutdownHook(Thread hook) {
        throw new IllegalStateException("Shutdown in progress");
    }

    @Override
    public boolean removeShutdownHook(Thread hook) {
        throw new IllegalStateException("Shutdown in progress");
    }

    /** The host's own log. */
    @Override
    public PrintStream out() {
        return System.out;
    }

    @Override
    public PrintStream err() {
        return System.err;
    }

    @Override
    public InputStream in() {
        return InputStream.nullInputStream();
    }

    @Override
    public void setOut(PrintStream out) {}

    @Override
    public void setErr(PrintStream err) {}

    @Override
    public void setIn(InputStream in) {}

    @Override
    public void setProperties(Properties properties) {}

    @Override
    public Thread.UncaughtExceptionHandler uncaughtHandler() {
        return null;
    }

    @Override
    public void setUncaughtHandler(Thread.UncaughtExceptionHandler handler) {}

    @Override
    public void opened(Closeable socket) {}

    @Override
    public void tell(String text) {}
}
