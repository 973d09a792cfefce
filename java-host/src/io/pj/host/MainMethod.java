package io.pj.host;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;

/** The main of a class, as the `java` command finds it: `public static void main(String[])`; from Java 25 on also an instance's, and one without arguments. */
final class MainMethod {
    private static final boolean ANY = Runtime.version().feature() >= 25;
    private final Class<?> type;
    private final Method method;

    private MainMethod(Class<?> type, Method method) {
        this.type = type;
        this.method = method;
    }

    /** @throws ReflectiveOperationException there is no such class, or it has no main; says which */
    static MainMethod find(ClassLoader loader, String name) throws ReflectiveOperationException {
        Class<?> type;
        try {
            type = Class.forName(name, false, loader);
        } catch (ClassNotFoundException missing) {
            throw new ClassNotFoundException("there is no class " + name + " in its class path", missing);
        }
        Method found = method(type, String[].class);
        if (found == null && ANY) found = method(type);
        if (found == null) throw new NoSuchMethodException("class " + name + " has no public static void main(String[])");
        found.setAccessible(true);
        return new MainMethod(type, found);
    }

    private static Method method(Class<?> type, Class<?>... parameters) {
        for (Class<?> one = type; one != null && one != Object.class; one = one.getSuperclass()) {
            try {
                Method method = one.getDeclaredMethod("main", parameters);
                int modifiers = method.getModifiers();
                boolean classic = Modifier.isPublic(modifiers) && Modifier.isStatic(modifiers);
                if (method.getReturnType() == void.class && (classic || (ANY && !Modifier.isPrivate(modifiers)))) return method;
            } catch (NoSuchMethodException notHere) {
                // Its superclass may have it.
            }
        }
        return null;
    }

    /** Throws what main throws. */
    void call(String[] args) throws Throwable {
        try {
            Object instance = null;
            if (!Modifier.isStatic(method.getModifiers())) {
                Constructor<?> constructor = type.getDeclaredConstructor();
                constructor.setAccessible(true);
                instance = constructor.newInstance();
            }
            if (method.getParameterCount() == 0) method.invoke(instance);
            else method.invoke(instance, (Object) args);
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        }
    }
}
