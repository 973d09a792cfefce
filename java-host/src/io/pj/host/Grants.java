package io.pj.host;

import java.io.FilePermission;
import java.net.NetPermission;
import java.net.SocketPermission;
import java.net.URI;
import java.net.URLPermission;
import java.nio.file.LinkPermission;
import java.security.AllPermission;
import java.security.Permission;
import java.security.PermissionCollection;
import java.security.SecurityPermission;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** A policy, ready to be asked. What concerns other applications or the whole JVM is never granted, nor what would lead around the policy. */
final class Grants {
    /** Asked for each thread of others by checkAccess; `modifyThread` itself is asked without one, by every pool that is shut down. */
    static final String FOREIGN_THREAD = "modifyThread.foreign";
    /** Of RuntimePermission; a name that ends in a dot is the beginning of one. */
    private static final List<String> NEVER = List.of(
            "setSecurityManager", "setIO", "shutdownHooks", "setDefaultUncaughtExceptionHandler", FOREIGN_THREAD, "modifyThreadGroup", "stopThread", "setFactory", "exitVM.",
            // Native code, and what is inside the host, know no policy.
            "loadLibrary.", "accessClassInPackage.io.pj.host");
    private static final Set<String> NEVER_SECURITY = Set.of("setPolicy", "createAccessControlContext", "getDomainCombiner");
    /** By name, as not every JDK has their modules: control of the JVM as a whole, with agents loaded into it. */
    private static final Set<String> NEVER_CLASS = Set.of("com.sun.tools.attach.AttachPermission");

    private final Policy policy;
    private final PermissionCollection files = new FilePermission("/", "read").newPermissionCollection();
    private final PermissionCollection sockets = new SocketPermission("localhost", "resolve").newPermissionCollection();

    /** Throws IllegalArgumentException for a rule that cannot be read. */
    Grants(Policy policy) {
        this.policy = policy;
        for (Policy.Rule rule : policy.files()) files.add(permission(rule, () -> new FilePermission(rule.target(), rule.actions())));
        for (Policy.Rule rule : policy.sockets()) sockets.add(permission(rule, () -> new SocketPermission(rule.target(), rule.actions())));
    }

    private static Permission permission(Policy.Rule rule, java.util.function.Supplier<Permission> make) {
        try {
            return make.get();
        } catch (IllegalArgumentException | NullPointerException thrown) {
            throw new IllegalArgumentException("the rule `" + rule.actions() + " " + rule.target() + "` cannot be read: " + thrown.getMessage(), thrown);
        }
    }

    boolean allows(Permission permission) {
        String name = permission.getName();
        if (permission instanceof FilePermission) {
            // A program that it starts would be bound by nothing.
            if (Arrays.asList(permission.getActions().split(",")).contains("execute")) return policy.fileSystem();
            return policy.fileSystem() || files.implies(permission);
        }
        if (permission instanceof SocketPermission) return policy.networking() || sockets.implies(permission);
        if (permission instanceof URLPermission) return policy.networking() || mayReach(name);
        if (permission instanceof NetPermission) {
            // A socket that is a file: the host's own among them.
            if (name.equals("accessUnixDomainSocket")) return policy.networking() && policy.fileSystem();
            return policy.networking() || name.startsWith("get") || name.equals("specifyStreamHandler");
        }
        if (permission instanceof LinkPermission) return policy.fileSystem();
        if (permission instanceof java.lang.reflect.ReflectPermission) return policy.reflection() || !name.equals("suppressAccessChecks");
        if (permission instanceof RuntimePermission) return runtime(name);
        if (permission instanceof SecurityPermission) return !NEVER_SECURITY.contains(name) && !name.startsWith("setProperty.");
        if (permission instanceof AllPermission) return false;
        String kind = permission.getClass().getName();
        if (kind.equals("java.lang.management.ManagementPermission")) return name.equals("monitor");
        return !NEVER_CLASS.contains(kind);
    }

    private boolean runtime(String name) {
        for (String never : NEVER) {
            if (name.equals(never) || (never.endsWith(".") || never.contains("io.pj")) && name.startsWith(never)) return false;
        }
        return policy.fileSystem() || !name.equals("manageProcess");
    }

    private boolean mayReach(String url) {
        try {
            URI uri = URI.create(url);
            int port = uri.getPort() >= 0 ? uri.getPort() : "https".equalsIgnoreCase(uri.getScheme()) ? 443 : 80;
            return uri.getHost() != null && sockets.implies(new SocketPermission(uri.getHost() + ":" + port, "connect"));
        } catch (IllegalArgumentException pattern) {
            return false;
        }
    }
}
