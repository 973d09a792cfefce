import type { WorkloadRecord } from '../../../model/record.ts';
import type { KernelPlaces } from '../../../providers/contract.ts';
import { placesOf } from '../../places.ts';
import type { Supervisor } from '../../supervisor.ts';

/** An instance that this very agent runs: where its counters are, and what the agent knows of it at any moment. */
export interface InCare {
  places: KernelPlaces;
  told(): NonNullable<KernelPlaces['told']>;
}

/** Finds a record among what the agent runs: nobody has to be asked for it then. A machine has more places than its group, which its provider knows. */
export function careOf(supervisor: Supervisor): (record: WorkloadRecord) => InCare | undefined {
  return ({ handle }) => {
    const instance = handle?.['instance'];
    if (typeof instance !== 'string') return undefined;
    for (const managed of supervisor.all.values()) {
      if (managed.entry.instance !== instance || managed.entry.spec.vm !== undefined) continue;
      const places = placesOf(managed.entry, supervisor.world.cgroups, supervisor.world.project);
      if (places === undefined) return undefined;
      return {
        places,
        told() {
          const { restarts, startedAt, lastExit } = managed.entry;
          return {
            restarts,
            ...(startedAt === null ? {} : { startedAt }),
            ...(lastExit?.oomKilled === true ? { oomKilled: lastExit.at ?? 'unknown' } : {}),
          };
        },
      };
    }
    return undefined;
  };
}
