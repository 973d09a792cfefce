package io.pj.api.core;

import java.util.function.Supplier;

/** For what this jar may do under a security policy that the application on the stack may not. */
final class Privileged {
    private Privileged() {}

    @SuppressWarnings("removal")
    static <T> T call(Supplier<T> action) {
        java.security.PrivilegedAction<T> privileged = action::get;
        try {
            return java.security.AccessController.doPrivileged(privileged);
        } catch (NoClassDefFoundError e) {
            // A JDK to come that has dropped it, and policies with it.
            return action.get();
        }
    }
}
