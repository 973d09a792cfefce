package io.pj.host.leak;

import java.lang.reflect.Field;

/** Fields of the JDK's own objects, where the JVM was started so that they may be read (`--add-opens java.base/java.lang=ALL-UNNAMED` and its like). */
final class Internals {
    private Internals() {}

    /** Null: there is no such field in this Java, it may not be read, or it is null. */
    static Object get(Class<?> type, Object target, String name) {
        try {
            return field(type, name).get(target);
        } catch (ReflectiveOperationException | RuntimeException notThere) {
            return null;
        }
    }

    /** False: it was not set. */
    static boolean set(Class<?> type, Object target, String name, Object value) {
        try {
            field(type, name).set(target, value);
            return true;
        } catch (ReflectiveOperationException | RuntimeException notThere) {
            return false;
        }
    }

    private static Field field(Class<?> type, String name) throws NoSuchFieldException {
        Field field = type.getDeclaredField(name);
        field.setAccessible(true);
        return field;
    }

    /** A class of the JDK; null where this Java has none of that name. */
    static Class<?> type(String name) {
        try {
            return Class.forName(name, false, null);
        } catch (ClassNotFoundException | LinkageError notThere) {
            return null;
        }
    }

    /** What a thread was made to run. */
    static Runnable task(Thread thread) {
        Object holder = get(Thread.class, thread, "holder");
        Object task = holder == null ? get(Thread.class, thread, "target") : get(holder.getClass(), holder, "task");
        return task instanceof Runnable runnable ? runnable : null;
    }
}
