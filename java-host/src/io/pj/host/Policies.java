package io.pj.host;

import java.security.CodeSource;
import java.security.Permission;
import java.security.PermissionCollection;
import java.security.Permissions;
import java.security.ProtectionDomain;
import java.util.ArrayList;
import java.util.List;

/** Security policies of applications: a SecurityManager, which Java has up to 23. */
final class Policies {
    private static final int LAST = 23;
    private static boolean installed;

    private Policies() {}

    /** Policies can be held by this Java, as it was started: 17, or 18–23 with -Djava.security.manager=allow. */
    static boolean available() {
        int feature = Runtime.version().feature();
        String asked = System.getProperty("java.security.manager");
        return feature <= LAST && ("allow".equals(asked) || feature == 17 && asked == null);
    }

    /** Called by Tenants.add. Java 17 writes a warning to its error output. Throws UnsupportedOperationException where `available` is false. */
    static synchronized void install() {
        if (installed) return;
        if (!available()) throw new UnsupportedOperationException("Java " + Runtime.version().feature() + ", as it was started, holds no security policies");
        java.security.Policy.setPolicy(new ByLoader());
        System.setSecurityManager(new TenantSecurity());
        installed = true;
    }

    /**
     * A policy with what every application needs added to its rules: its class path and the JDK to read, its volumes to use. `files` count where `fileSystem`
     * is false, `sockets` where `networking` is.
     */
    static Policy policyOf(
            boolean reflection, boolean networking, boolean fileSystem, List<Policy.Rule> files, List<Policy.Rule> sockets, List<String> classpath, List<String> volumes) {
        List<Policy.Rule> all = new ArrayList<>(files);
        for (String path : classpath) addTree(all, path, "read");
        addTree(all, System.getProperty("java.home"), "read");
        for (String path : volumes) addTree(all, path, "read,write,delete");
        return new Policy(reflection, networking, fileSystem, List.copyOf(all), List.copyOf(sockets));
    }

    private static void addTree(List<Policy.Rule> rules, String path, String actions) {
        rules.add(new Policy.Rule(path, actions));
        rules.add(new Policy.Rule(path + (path.endsWith("/") ? "-" : "/-"), actions));
    }

    /** What a loader of an application gives every class that it defines: a domain that is bound by the application's policy. */
    static ProtectionDomain domain(ClassLoader loader, CodeSource source) {
        return new ProtectionDomain(source, null, loader, null);
    }

    /** What the code of one loader may do on the thread that asks. */
    static boolean mayDo(ClassLoader loader, Permission permission) {
        TenantState state = ownerOf(loader);
        return state == null || state.grants == null || state.grants.allows(permission);
    }

    /** The application of a loader that may not have it for an ancestor; null: the JDK's, the host's. */
    private static TenantState ownerOf(ClassLoader loader) {
        if (loader == null) return null;
        TenantState state = Tenants.stateOf(loader);
        if (state != null) return state;
        ClassLoader system = ClassLoader.getSystemClassLoader();
        if (loader == system || loader == system.getParent()) return null;
        // A loader that an application wrote is owned by whoever owns its class; one of the JDK's by the application of the thread.
        ClassLoader maker = loader.getClass().getClassLoader();
        if (maker == system) return null;
        return maker != null && maker != loader ? ownerOf(maker) : Tenants.currentState();
    }

    /** Asked through AccessController for every domain on the stack, and those that its thread or a context has inherited. */
    private static final class ByLoader extends java.security.Policy {
        @Override
        public boolean implies(ProtectionDomain domain, Permission permission) {
            return domain == null || mayDo(domain.getClassLoader(), permission);
        }

        @Override
        public PermissionCollection getPermissions(CodeSource source) {
            return new Permissions();
        }

        @Override
        public PermissionCollection getPermissions(ProtectionDomain domain) {
            return new Permissions();
        }
    }
}
