import type { Usage } from '../providers/contract.ts';
import type { Entry } from './entry.ts';
import { type Managed, type World } from './world.ts';
/** What instances use now. CPU since the sample before; where there was none, over the next tenth of a second. */
export declare function sample(instances: readonly Managed[], world: Pick<World, 'cgroups'>): Promise<Usage[]>;
/** The instances with these keys. */
export declare function pick(all: ReadonlyMap<string, Managed>, keys: readonly string[]): Managed[];
/** The same where no agent runs. */
export declare function sampleUnwatched(entries: readonly Entry[]): Promise<Usage[]>;
