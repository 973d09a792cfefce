package io.pj.api.core;

import io.pj.api.ForeignClassException;
import io.pj.api.ServiceException;
import io.pj.api.ServiceGoneException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.function.Supplier;

/** Stands in one application for an object of another, so that the one holds nothing of the other that could not be taken back. */
final class StandIn implements InvocationHandler {
    /** An object and whose it is. */
    record Target(Application owner, Object object) {}

    /** An object that was passed to another application, until its own ends. */
    static final class Slot implements Supplier<Target> {
        private final Application owner;
        private volatile Object object;

        Slot(Application owner, Object object) {
            this.owner = owner;
            this.object = object;
        }

        void clear() {
            object = null;
        }

        @Override
        public Target get() {
            Object now = object;
            if (now == null) throw new ServiceGoneException("an object of " + owner + " is gone: that run of it was stopped");
            return new Target(owner, now);
        }
    }

    private final Application user;
    private final String what;
    /** Throws what a call is to throw when it is not there. */
    private final Supplier<Target> target;

    private StandIn(Application user, String what, Supplier<Target> target) {
        this.user = user;
        this.what = what;
        this.target = target;
    }

    static <T> T make(Class<T> type, Application user, String what, Supplier<Target> target) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, new StandIn(user, what, target)));
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
        if (method.getDeclaringClass() == Object.class) {
            return switch (method.getName()) {
                case "equals" -> proxy == arguments[0];
                case "hashCode" -> System.identityHashCode(proxy);
                default -> "stand-in for " + what;
            };
        }
        Target now = target.get();
        Object[] passed = arguments == null ? new Object[0] : arguments.clone();
        for (int i = 0; i < passed.length; i++) passed[i] = pass(passed[i], method.getParameterTypes()[i], user, now.owner(), method);
        return pass(call(now, method, passed), method.getReturnType(), now.owner(), user, method);
    }

    private Object call(Target now, Method method, Object[] arguments) throws Throwable {
        Thread thread = Thread.currentThread();
        ClassLoader before = swap(thread, now.owner().loader());
        Application current = Current.enter(now.owner());
        try {
            return method.invoke(now.object(), arguments);
        } catch (InvocationTargetException e) {
            throw visible(e.getCause(), now.owner());
        } finally {
            swap(thread, before);
            Current.leave(current);
        }
    }

    /** Sets its context loader; what it was. */
    private static ClassLoader swap(Thread thread, ClassLoader loader) {
        return Privileged.call(() -> {
            ClassLoader before = thread.getContextClassLoader();
            thread.setContextClassLoader(loader);
            return before;
        });
    }

    /** A value on its way from one application to another. */
    private static Object pass(Object value, Class<?> declared, Application from, Application to, Method method) {
        if (value == null || from == to) return value;
        Class<?> type = value.getClass();
        if (Proxy.isProxyClass(type) && Proxy.getInvocationHandler(value) instanceof StandIn standIn && standIn.target instanceof Slot slot && slot.owner == to) {
            return slot.get().object();
        }
        // A proxy's class may be seen by both, its handler is the application's.
        if ((from.isShared(type) && !Proxy.isProxyClass(type)) || type.getClassLoader() == to.loader()) return value;
        if (declared.isInterface() && from.isShared(declared)) return make(declared, to, type.getSimpleName() + " of " + from, from.slot(value));
        throw new ForeignClassException(from + " can't pass a " + type.getName() + " to " + to + " by " + method.getDeclaringClass().getSimpleName() + "."
                + method.getName() + ": its class is of the application's own class path. Only classes of the JDK and of the host's class path (jvm.classpath) are seen"
                + " by both; others can be passed where the method declares an interface of those");
    }

    /** What can be thrown in the other application. */
    private static Throwable visible(Throwable thrown, Application owner) {
        if (thrown instanceof ThreadDeath || isVisible(thrown, owner, 0)) return thrown;
        ServiceException told = new ServiceException(Texts.of(thrown));
        // Frames as text: the exception's own would hold the classes.
        told.setStackTrace(Arrays.stream(thrown.getStackTrace())
                .map(frame -> new StackTraceElement(frame.getClassName(), frame.getMethodName(), frame.getFileName(), frame.getLineNumber()))
                .toArray(StackTraceElement[]::new));
        return told;
    }

    private static boolean isVisible(Throwable thrown, Application owner, int depth) {
        if (thrown == null) return true;
        if (depth > 20 || !owner.isShared(thrown.getClass()) || !isVisible(thrown.getCause(), owner, depth + 1)) return false;
        for (Throwable one : thrown.getSuppressed()) if (!isVisible(one, owner, depth + 1)) return false;
        return true;
    }
}
