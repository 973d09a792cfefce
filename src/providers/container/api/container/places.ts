import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkloadRecord } from '../../../../model/record.ts';
import type { CallContext, KernelPlaces } from '../../../contract.ts';
import type { ApiEngine } from '../connection/engine.ts';
import { containerFolders } from './cgroup.ts';
import type { ContainerContext } from './containers.ts';
import { type Inspected, inspect } from './inspect.ts';

/** Inspections at once: an engine makes a thread of each. */
const INSPECTIONS = 8;

/** Where this host's kernel counts what containers use: of an engine of this host alone. */
export function containerPlaces({ open }: ContainerContext) {
  return async (records: WorkloadRecord[], context: CallContext): Promise<KernelPlaces[]> => {
    const engine = await open(context);
    if (!engine.local) return [];
    const found: KernelPlaces[] = [];
    const left = records.values();
    const work = async (): Promise<void> => {
      for (const record of left) {
        const id = record.handle?.['id'];
        if (typeof id !== 'string') continue;
        const told = await inspect(engine, id, { action: 'sample', id: record.id }, context);
        found.push(placesOf(engine, record, id, told));
      }
    };
    await Promise.all(Array.from({ length: INSPECTIONS }, work));
    return found;
  };
}

function placesOf(engine: ApiEngine, record: WorkloadRecord, id: string, told: Inspected | undefined): KernelPlaces {
  const cgroup = containerFolders(engine.name, id);
  if (told === undefined) return { id: record.id, cgroup };
  const { RestartCount: restarts, State: state } = told;
  const startedAt = timeOf(state.StartedAt);
  return {
    id: record.id,
    cgroup,
    network: true,
    disk: foldersOf(record, told),
    told: {
      ...(typeof restarts === 'number' ? { restarts } : {}),
      ...(startedAt === undefined ? {} : { startedAt }),
      ...(state.OOMKilled ? { oomKilled: state.StartedAt } : {}),
    },
  };
}

/** An engine writes year 1 for never. */
function timeOf(text: string | undefined): string | undefined {
  const at = new Date(text ?? '');
  return Number.isNaN(at.getTime()) || at.getTime() <= 0 ? undefined : at.toISOString();
}

/** Its volumes, and with a quota what it has written beside them. What is mounted from the host is not its own. */
function foldersOf({ spec }: WorkloadRecord, { Mounts: mounts = [], GraphDriver: driver }: Inspected): string[] {
  const volumes = mounts.filter(({ Type: type }) => type === 'volume').map(({ Source: source }) => source);
  const layer = (driver?.Data as Record<string, unknown> | undefined)?.['UpperDir'];
  const written = spec.resources?.disk !== undefined && typeof layer === 'string' ? [layer] : [];
  return [...volumes, ...written].filter((path) => path !== '' && existsSync(join(path, '.')));
}
