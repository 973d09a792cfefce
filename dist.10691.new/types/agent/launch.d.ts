import type { Spec } from '../model/spec.ts';
import { type Managed, type World } from './world.ts';
/** The directory a process runs in. */
export declare function workdirOf(project: string, spec: Spec): string;
/**
 * Starts the process. The registry says `starting` with a fresh token before there is a process and `running` after, so that whoever
 * comes after a kill of the agent finds it by the token. Resolves when the workload's own program runs (or has already ended).
 * `fresh`: the start was asked for, so the file that it is started from is remembered anew.
 * Throws PJ5301, PJ5302, PJ5307 or PJ5209; then nothing runs.
 */
export declare function launch(managed: Managed, world: World, how: {
    fresh: boolean;
}, onEnd: (token: string) => void): Promise<void>;
