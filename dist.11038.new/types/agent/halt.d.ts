import type { ProcessIdentity } from '../os/identity.ts';
import { type TreeRoot } from '../os/process.ts';
import { type Managed, type World } from './world.ts';
/** How the processes of an instance are found: by its cgroup, else by pid, group, descent and mark. */
export declare function rootOf(managed: Managed, world: Pick<World, 'cgroups'>): TreeRoot;
/** Every process of an instance that lives now. */
export declare function membersOf(managed: Managed, world: World): ProcessIdentity[];
/**
 * Ends the whole tree: the stop command or signal first, SIGKILL after the grace period. When it resolves nothing of it lives.
 * Throws PJ5303 when the kernel does not end it.
 */
export declare function halt(managed: Managed, world: World, how: {
    atOnce: boolean;
}): Promise<void>;
