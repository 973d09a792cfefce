package io.pj.host;

/** Placeholder until java-iso is merged. */
final class Tenants {
    private Tenants() {}

    static void install() {}

    static void add(Tenant tenant) {}

    static void remove(Tenant tenant) {}

    static void uncaught(Tenant tenant, Thread thread, Throwable thrown) {
        thrown.printStackTrace(tenant.err());
    }
}
