package io.pj.host;

import io.pj.api.core.Application;
import io.pj.api.core.Current;
import io.pj.api.core.Registry;
import io.pj.api.core.Router;
import io.pj.api.core.Setup;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What applications in this JVM have of pj's API: one bus and one registry of services for all. One for each JVM. */
final class Bindings {
    /**
     * @param volumes places of the application's volumes by name
     * @param config the properties of its descriptor
     * @param pool null: the defaults
     */
    record Parts(String id, boolean messaging, PoolSizes pool, Map<String, Path> volumes, Map<String, String> config) {}

    private final Router router = new Router();
    private final Registry registry = new Registry();
    private final Map<Tenant, Application> applications = new ConcurrentHashMap<>();
    private final ClassLoader shared;

    /** @param shared loader of the classes that all applications see: the parent of theirs (JDK, API, shared class path) */
    Bindings(ClassLoader shared) {
        this.shared = shared;
        Current.install(this::current);
    }

    /** For one run; before its main is entered. */
    Binding make(Tenant tenant, Parts parts) {
        Application application = new Application(router, registry, setup(tenant, parts));
        applications.put(tenant, application);
        return new Binding() {
            @Override
            public void resize(PoolSizes sizes) {
                application.resize(sizesOf(sizes));
            }

            @Override
            public void quiesce() {
                application.quiesce();
            }

            @Override
            public void drop() {
                application.drop();
                applications.remove(tenant);
            }
        };
    }

    private Setup setup(Tenant tenant, Parts parts) {
        Map<String, String> config = Collections.unmodifiableMap(parts.config());
        return new Setup(
                parts.id(),
                parts.id(),
                parts.messaging(),
                sizesOf(parts.pool()),
                new Places(parts.volumes()),
                () -> config,
                tenant.properties()::getProperty,
                this::isShared,
                tenant.group(),
                tenant::loader,
                tenant.kernel()::join,
                tenant.err(),
                tenant::addShutdownHook);
    }

    private record Places(Map<String, Path> volumes) implements Setup.Places {
        @Override
        public Path of(String name) {
            return volumes.get(name);
        }

        @Override
        public Collection<String> names() {
            return volumes.keySet();
        }
    }

    private static Setup.Sizes sizesOf(PoolSizes sizes) {
        PoolSizes some = sizes == null ? PoolSizes.DEFAULT : sizes;
        return new Setup.Sizes(some.corePoolSize(), some.maxPoolSize(), some.queueCapacity(), some.keepAlive());
    }

    private Application current() {
        TenantState state = Tenants.calling();
        if (state == null) throw new IllegalStateException("this thread belongs to no application: neither its group, nor its context loader, nor who called are one's");
        Application application = applications.get(state.tenant);
        if (application == null) throw new IllegalStateException(state.tenant.key() + " was stopped: this run of it is over");
        return application;
    }

    /** Whether all applications see it: the JDK, the API, the shared class path. */
    private boolean isShared(Class<?> type) {
        Class<?> one = type;
        while (one.isArray()) one = one.getComponentType();
        ClassLoader loader = one.getClassLoader();
        if (loader == null || one.getModule().getLayer() == ModuleLayer.boot() || one.getName().startsWith("io.pj.api.")) return true;
        for (ClassLoader parent = shared; parent != null; parent = parent.getParent()) if (parent == loader) return true;
        return false;
    }
}
