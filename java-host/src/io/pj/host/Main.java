package io.pj.host;

/** The program of a host JVM. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        throw new UnsupportedOperationException("not built yet");
    }
}
