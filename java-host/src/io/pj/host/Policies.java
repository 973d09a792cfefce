package io.pj.host;

import java.security.CodeSource;
import java.security.ProtectionDomain;
import java.util.List;

/** Placeholder until java-iso is merged. */
final class Policies {
    private Policies() {}

    static boolean available() {
        return false;
    }

    static Policy policyOf(
            boolean reflection, boolean networking, boolean fileSystem, List<Policy.Rule> files, List<Policy.Rule> sockets, List<String> classpath, List<String> volumes) {
        return new Policy(reflection, networking, fileSystem, files, sockets);
    }

    static ProtectionDomain domain(ClassLoader loader, CodeSource source) {
        return new ProtectionDomain(source, null, loader, null);
    }
}
