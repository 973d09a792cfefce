package io.pj.host;

import java.nio.file.Path;
import java.util.Map;

/** What applications in this JVM have of pj's API: one bus and one registry of services for all. */
final class Bindings {
    /**
     * @param volumes places of the application's volumes by name
     * @param config the properties of its descriptor
     * @param pool null: the defaults
     */
    record Parts(String id, boolean messaging, PoolSizes pool, Map<String, Path> volumes, Map<String, String> config) {}

    /** @param shared loader of the classes that all applications see: the parent of theirs (JDK, API, shared class path) */
    Bindings(ClassLoader shared) {}

    /** For one run; before its main is entered. */
    Binding make(Tenant tenant, Parts parts) {
        return new Binding() {
            @Override
            public void resize(PoolSizes sizes) {}

            @Override
            public void quiesce() {}

            @Override
            public void drop() {}
        };
    }
}
