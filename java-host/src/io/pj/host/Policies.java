package io.pj.host;

import java.security.CodeSource;
import java.security.ProtectionDomain;
import java.util.ArrayList;
import java.util.List;

/** Security policies of applications: a SecurityManager, which Java has up to 23. */
final class Policies {
    private Policies() {}

    /** Policies can be held by this Java, as it was started. */
    static boolean available() {
        return false;
    }

    /** Called by Tenants.add. Throws UnsupportedOperationException where `available` is false. */
    static synchronized void install() {
        throw new UnsupportedOperationException("policies");
    }

    /** A policy with what every application needs added to its rules: its class path and the JDK to read, its volumes to use. */
    static Policy policyOf(
            boolean reflection, boolean networking, boolean fileSystem, List<Policy.Rule> files, List<Policy.Rule> sockets, List<String> classpath, List<String> volumes) {
        return new Policy(reflection, networking, fileSystem, new ArrayList<>(files), sockets);
    }

    /** What a loader of an application gives every class that it defines. */
    static ProtectionDomain domain(ClassLoader loader, CodeSource source) {
        return new ProtectionDomain(source, null, loader, null);
    }
}
