import { type ProcessIdentity } from '../os/identity.ts';
/** Held while this process is the project's agent. */
export interface SingleLock {
    release(): void;
}
/** Everybody alive who holds or wants the lock; what the dead left behind is removed. */
export declare function lockHolders(dir: string): ProcessIdentity[];
/**
 * Makes this process the only one that holds the lock in a folder, or gives undefined when another one does.
 *
 * Everybody first makes a file that carries their own identity in its name, then looks round: who sees another living one takes the own file
 * away again. Of two, at least the one who looks last sees the other, so never do two hold it; there is no shared file to take over from the
 * dead. Two that meet may both step back; each tries again after a random while, until `deadline` ms have passed.
 */
export declare function acquireSingle(dir: string, me: ProcessIdentity, options?: {
    deadline: number;
    random: () => number;
}): Promise<SingleLock | undefined>;
