package io.pj.api.core;

import io.pj.api.Services;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeoutException;

/** The services as one application has them. */
final class ServicesView implements Services {
    private final Application application;
    private final Registry registry;

    ServicesView(Application application, Registry registry) {
        this.application = application;
        this.registry = registry;
    }

    @Override
    public <T> Registration register(String name, Class<T> type, T service) {
        check(name, type);
        if (service == null) throw new NullPointerException("service");
        if (!type.isInstance(service)) throw new IllegalArgumentException(service.getClass().getName() + " is no " + type.getName());
        if (application.ended()) throw new IllegalStateException(application + " is stopping: it can't register services any more");
        Registration registration = registry.add(name, application, type, service);
        // It was stopped meanwhile.
        if (application.ended()) registration.close();
        return registration;
    }

    @Override
    public <T> Optional<T> find(String name, Class<T> type) {
        check(name, type);
        return Optional.ofNullable(registry.find(name, application, type));
    }

    @Override
    public <T> T await(String name, Class<T> type, Duration timeout) throws TimeoutException, InterruptedException {
        check(name, type);
        long from = System.nanoTime();
        synchronized (registry) {
            while (true) {
                T found = registry.find(name, application, type);
                if (found != null) return found;
                long left = timeout.toMillis() - (System.nanoTime() - from) / 1_000_000;
                if (left <= 0) throw new TimeoutException("nobody offered the service \"" + name + "\" within " + timeout.toMillis() + " ms");
                registry.wait(left);
            }
        }
    }

    @Override
    public Set<String> names() {
        return registry.names();
    }

    private static void check(String name, Class<?> type) {
        if (name == null || name.isBlank()) throw new IllegalArgumentException("a service needs a name");
        boolean fits = type.isInterface() && !type.isAnnotation() && !type.isSealed() && Modifier.isPublic(type.getModifiers())
                && type.getModule().isExported(type.getPackageName());
        if (!fits) throw new IllegalArgumentException("a service is offered as a public interface, which " + type.getName() + " is not");
    }
}
