package io.pj.host;

/** The kernel's groups (cgroups) of this process, below which every application gets its own. */
final class KernelGroups {
    private KernelGroups() {}

    /** Looks where this process is; makes nothing. */
    static KernelGroups detect() {
        return new KernelGroups();
    }

    /** Quotas of applications are held. */
    boolean cpu() {
        return false;
    }

    /** Limits on threads are held. */
    boolean threads() {
        return false;
    }

    /** Why not both; null where both are. */
    String reason() {
        return "not looked for yet";
    }

    /** The group of one application; made by the first `join` or limit. */
    KernelGroup open(String key) {
        throw new UnsupportedOperationException(key);
    }
}
