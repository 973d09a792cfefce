package io.pj.api.core;

/** Throwables as text. */
final class Texts {
    private Texts() {}

    /** Its class and message; what it says of itself may throw too. */
    static String of(Throwable thrown) {
        try {
            return thrown.toString();
        } catch (Throwable e) {
            return thrown.getClass().getName();
        }
    }
}
