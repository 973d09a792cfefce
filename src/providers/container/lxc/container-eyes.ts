import type { Json, Pointer } from '../../../model/json.ts';
import type { Observed } from '../../../model/observed.ts';
import type { WorkloadRecord } from '../../../model/record.ts';
import { identityOf } from '../marks.ts';
import type { Things } from '../runtime.ts';
import type { LxcContext } from './context.ts';
import type { Lxc } from './engine.ts';
import { limitFields } from './limits.ts';
import { attributesOf, handleOf, type SeenContainer, seeContainers } from './seen-container.ts';
import { exitStatus } from './status.ts';

/** What looks at a container and leaves it as it is. */
export function containerEyes({ open }: LxcContext): Pick<Things, 'check' | 'read'> {
  return {
    check: async () => new Map(),
    async read(records, context) {
      if (records.length === 0) return [];
      const lxc = await open(context);
      const there = new Map(seeContainers(lxc).map((seen) => [seen.name, seen]));
      return records.map((record) => observedOf(record, there.get(String(record.handle?.['name'])), lxc));
    },
  };
}

function observedOf(record: WorkloadRecord, seen: SeenContainer | undefined, lxc: Lxc): Observed {
  const { id, spec, handle } = record;
  const owner = identityOf(seen?.marks?.labels);
  const ours = owner?.id === id || (owner === undefined && handle?.['imported'] === true);
  if (seen?.whole !== true || !ours) return { id, status: 'gone', fields: {}, attributes: {}, handle: null };
  const runs = seen.state === 'running' || seen.state === 'paused';
  const fields: Record<Pointer, Json> = runs ? limitFields(lxc.host, seen.name, spec) : {};
  return {
    id,
    ...exitStatus(seen),
    fields,
    attributes: attributesOf(seen),
    handle: handleOf(seen, handle),
    ...(seen.exit === undefined || runs ? {} : { since: seen.exit.at.toISOString() }),
  };
}
