package io.pj.host;

/** Thrown in a thread that asked the JVM to exit: its application ends, the JVM goes on. */
@SuppressWarnings("serial")
public final class ExitError extends ThreadDeath {
    public final transient int code;

    public ExitError(int code) {
        this.code = code;
    }
}
