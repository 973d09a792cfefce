package io.pj.host;

import java.io.FileDescriptor;
import java.net.InetAddress;
import java.security.AccessControlException;
import java.security.AccessController;
import java.security.Permission;

/**
 * Holds the policies of applications. The host, and applications without a policy, are let through at once: the application of the calling thread decides,
 * on threads that nobody in particular has the one whose code is on the stack. What the policy does not grant may still be done by the JDK and the host on their own account
 * (AccessController.doPrivileged).
 */
final class TenantSecurity extends SecurityManager {
    private static final ClassLoader SYSTEM = ClassLoader.getSystemClassLoader();
    private static final ClassLoader PLATFORM = ClassLoader.getPlatformClassLoader();
    private static final String INSIDE = "io.pj.host";

    /** Null: nothing holds this thread. */
    private Grants grants() {
        TenantState state = Tenants.currentState();
        if (state != null) return state.grants;
        if (Tenants.isHosts(Thread.currentThread())) return null;
        for (Class<?> one : getClassContext()) {
            state = Tenants.stateOf(one.getClassLoader());
            if (state != null) return state.grants;
        }
        return null;
    }

    @Override
    public void checkPermission(Permission permission) {
        // Asked by what is done here to find the application.
        if (permission instanceof RuntimePermission && permission.getName().equals("getClassLoader")) return;
        Grants grants = grants();
        if (grants != null) check(grants, permission);
    }

    @Override
    public void checkPermission(Permission permission, Object context) {
        Grants grants = grants();
        if (grants != null && !grants.allows(permission)) super.checkPermission(permission, context);
    }

    private void check(Grants grants, Permission permission) {
        if (grants.allows(permission)) return;
        AccessController.checkPermission(permission);
        // Domains can be made to grant anything by a loader that an application wrote, its classes still are its own.
        Class<?>[] stack = getClassContext();
        for (int i = 0; i < stack.length; i++) {
            if (stack[i] == AccessController.class) {
                // What called doPrivileged is the last that counts.
                int caller = i;
                while (caller < stack.length && stack[caller] == AccessController.class) caller++;
                if (caller < stack.length) checkClass(stack[caller], permission);
                return;
            }
            checkClass(stack[i], permission);
        }
    }

    private static void checkClass(Class<?> one, Permission permission) {
        if (!Policies.mayDo(one.getClassLoader(), permission)) throw denied(permission);
    }

    private static AccessControlException denied(Permission permission) {
        return new AccessControlException("access denied " + permission, permission);
    }

    /** Reflection and native code that end the JVM: the application ends instead. */
    @Override
    public void checkExit(int status) {
        TenantState state = Tenants.calling();
        if (state != null) state.exit(status);
        else if (!Tenants.isHosts(Thread.currentThread())) throw new ExitError(status);
    }

    @Override
    public void checkAccess(Thread thread) {
        Grants grants = grants();
        if (grants == null || thread == Thread.currentThread()) return;
        TenantState state = Tenants.currentState();
        // A thread that has ended has no group, and nothing to harm.
        if (state != null && (thread.getThreadGroup() == null || Tenants.stateOf(thread) == state)) return;
        check(grants, new RuntimePermission(Grants.FOREIGN_THREAD));
    }

    @Override
    public void checkAccess(ThreadGroup group) {
        Grants grants = grants();
        if (grants == null) return;
        TenantState state = Tenants.currentState();
        if (state != null && state.group.parentOf(group)) return;
        check(grants, new RuntimePermission("modifyThreadGroup"));
    }

    /** The host's own classes are found when it is the host that asks for them. */
    @Override
    public void checkPackageAccess(String name) {
        if (!name.equals(INSIDE) && !name.startsWith(INSIDE + ".")) return;
        Grants grants = grants();
        if (grants == null) return;
        for (Class<?> one : getClassContext()) {
            ClassLoader loader = one.getClassLoader();
            if (one == TenantSecurity.class || loader == null || loader == PLATFORM) continue;
            if (loader == SYSTEM) return;
            throw denied(new RuntimePermission("accessClassInPackage." + name));
        }
    }

    @Override
    public void checkPackageDefinition(String name) {
        // A loader of its own may define what it likes.
    }

    // The same as those of SecurityManager, without making a permission first where nothing is held.

    @Override
    public void checkPropertyAccess(String key) {
        // Everybody has properties of his own.
    }

    @Override
    public void checkPropertiesAccess() {
        // As above.
    }

    @Override
    public void checkRead(String file) {
        if (grants() != null) super.checkRead(file);
    }

    @Override
    public void checkRead(FileDescriptor file) {
        if (grants() != null) super.checkRead(file);
    }

    @Override
    public void checkWrite(String file) {
        if (grants() != null) super.checkWrite(file);
    }

    @Override
    public void checkWrite(FileDescriptor file) {
        if (grants() != null) super.checkWrite(file);
    }

    @Override
    public void checkDelete(String file) {
        if (grants() != null) super.checkDelete(file);
    }

    @Override
    public void checkExec(String command) {
        if (grants() != null) super.checkExec(command);
    }

    @Override
    public void checkConnect(String host, int port) {
        if (grants() != null) super.checkConnect(host, port);
    }

    @Override
    public void checkListen(int port) {
        if (grants() != null) super.checkListen(port);
    }

    @Override
    public void checkAccept(String host, int port) {
        if (grants() != null) super.checkAccept(host, port);
    }

    @Override
    public void checkMulticast(InetAddress group) {
        if (grants() != null) super.checkMulticast(group);
    }

    @Override
    public void checkLink(String library) {
        if (grants() != null) super.checkLink(library);
    }
}
