import type { Clock } from '../applier/contract.ts';
import type { LoadedProject } from '../descriptors/load.ts';
import type { Listener } from '../model/event.ts';
import type { SecretSource } from '../model/plan.ts';
import { type LocalStore } from '../state/local.ts';
import type { SensitiveValues } from '../values/contract.ts';
import { type Engines, quietly } from './engines.ts';
import type { ProjectOptions } from './options.ts';
/** Everything that one run works with. Made anew for each: nothing is remembered between two runs. */
export interface Run {
    /** Absolute, links resolved. */
    dir: string;
    options: ProjectOptions;
    emit: Listener;
    signal: AbortSignal;
    clock: Clock;
    store: LocalStore;
    loaded: LoadedProject;
    values: SensitiveValues;
    engines: Engines;
}
export declare const sha256: (text: string) => string;
/** The project's directory, absolute; throws when it is none. */
export declare function projectDir(options: ProjectOptions): string;
/** The state of the project in that directory. */
export declare function storeOf(dir: string): LocalStore;
/**
 * Opens a run: reads the descriptors, finds the key of the digests.
 * `keepKey`: the key is kept in `.pj/key` when there is none yet; else one is made up for this run.
 * `recorded`: sources of sensitive values that a saved plan names; they hold over pj.yaml's.
 */
export declare function openRun(options: ProjectOptions, { keepKey, recorded }: {
    keepKey: boolean;
    recorded?: Record<string, SecretSource>;
}): Promise<Run>;
export { quietly };
