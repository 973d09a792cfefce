package io.pj.host.leak;

import java.util.Collection;

/** What belongs to an application: what its loader has made, or one below that. */
record Owned(ClassLoader loader) {
    private static final int LOOKED_AT = 100;

    boolean is(ClassLoader one) {
        for (ClassLoader each = one; each != null; each = each.getParent()) if (each == loader) return true;
        return false;
    }

    boolean is(Object value) {
        if (value == null) return false;
        if (value instanceof ClassLoader one) return is(one);
        if (value instanceof Class<?> type) return is(type.getClassLoader());
        return is(value.getClass().getClassLoader());
    }

    /** Also what a collection or an array of the JDK's has in it. */
    boolean has(Object value) {
        if (is(value)) return true;
        if (value instanceof Object[] array) {
            for (int i = 0; i < Math.min(LOOKED_AT, array.length); i++) if (is(array[i])) return true;
        }
        if (value instanceof Collection<?> items && value.getClass().getClassLoader() == null) {
            try {
                int left = LOOKED_AT;
                for (Object item : items) if (left-- > 0 && is(item)) return true;
            } catch (RuntimeException changing) {
                // Another thread is at it.
            }
        }
        return false;
    }

    boolean is(Thread thread) {
        return is(thread.getContextClassLoader()) || is((Object) thread) || is(Internals.task(thread));
    }
}
