import type { WorkloadRecord } from '../../../model/record.ts';
import { machineOf } from '../machine.ts';
import type { Machines } from '../runtime.ts';
import type { LibvirtContext } from './context.ts';
import { seeDomain } from './domain/see.ts';
import { type Limiting, setBalloon, setQuota } from './live/processor.ts';

/** Less processor time by the quota of the whole domain, less memory by its balloon. Nothing of it is written down: the next start knows nothing of it. */
export function domainThrottle(ctx: LibvirtContext): NonNullable<Machines['throttle']> {
  return async (record, throttle, context) => {
    const uuid = record.handle?.['uuid'];
    if (typeof uuid !== 'string') return {};
    const virsh = ctx.virsh(ctx.uriOf(record));
    const doing = { action: 'throttle', id: record.id };
    const seen = await seeDomain(virsh, { key: uuid, networks: [] }, doing, context);
    if (seen?.live === undefined || (seen.marks === undefined && record.handle?.['imported'] !== true)) return {};
    const limiting: Limiting = { virsh, seen, doing, context };
    const { cpu, memory } = throttle;
    return {
      ...(cpu === undefined ? {} : { cpu: (await setQuota(limiting, cpu ?? record.spec.resources?.cpu)) ?? null }),
      ...(memory === undefined
        ? {}
        : { memory: await changeBalloon(limiting, memory, wholeOf(record, ctx.options.dir)) }),
    };
  };
}

/** A guest that does not give back what it should is not left halfway. */
async function changeBalloon(limiting: Limiting, wanted: number | null, whole: number): Promise<number> {
  try {
    return await setBalloon(limiting, wanted ?? whole);
  } catch (error) {
    if (wanted !== null) await setBalloon(limiting, whole).catch(() => undefined);
    throw error;
  }
}

/** Bytes that its descriptor gives it. */
const wholeOf = ({ id, generation, spec }: WorkloadRecord, dir: string): number =>
  machineOf({ project: '', lineage: '', id, generation }, spec, dir).memory;
