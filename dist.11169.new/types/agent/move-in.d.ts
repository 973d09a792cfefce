import type { Identity } from '../model/record.ts';
import type { Spec } from '../model/spec.ts';
import type { CgroupHost } from '../os/cgroup.ts';
import { type ProcessIdentity } from '../os/identity.ts';
/**
 * Moves a process that runs already, and its descendants, into an instance's cgroup, so that from then on the kernel knows what belongs to
 * it. Without cgroups nothing is done. Throws PJ5305 when the process has ended meanwhile.
 */
export declare function moveIn(host: CgroupHost, identity: Identity, spec: Spec, target: ProcessIdentity): {
    held: string[];
    notes: string[];
};
