import { PjError } from '../../../errors.ts';
import type { WorkloadRecord } from '../../../model/record.ts';
import { throttleProcess } from '../../agent/throttle.ts';
import type { CallContext, Throttle } from '../../contract.ts';
import { unchanged } from './hot-plug.ts';
import { setBalloon } from './live-memory.ts';
import { withQmp } from './qmp.ts';
import { locateRecord, machineAt, type Workshop } from './workshop.ts';

/** Less processor time by the group of QEMU's process, less memory by the balloon of its guest. */
export async function throttleMachine(
  shop: Workshop,
  record: WorkloadRecord,
  { cpu, memory }: Throttle,
  context: CallContext,
): Promise<Throttle> {
  const located = locateRecord(shop, await shop.care.look(context.signal), record);
  const { sighting, sockets } = located;
  if (sighting?.alive !== true) return {};
  const held: Throttle = cpu === undefined ? {} : throttleProcess(sighting, { cpu });
  if (memory === undefined) return held;
  const { id } = record;
  const identity = { ...record, project: shop.options.project, lineage: '' };
  const whole = machineAt(shop, identity, record.spec, located).memory;
  try {
    held.memory = await withQmp(sockets.qmp, async (qmp) => {
      const live = { id, qmp, context };
      return setBalloon(live, memory ?? whole).catch(async (error: unknown) => {
        // A guest that does not give back what it should is not left halfway.
        if (memory !== null) await qmp.ask('balloon', { value: whole });
        throw error;
      });
    });
  } catch (thrown) {
    if (thrown instanceof PjError || !(thrown instanceof Error)) throw thrown;
    throw unchanged(id, thrown.message, thrown);
  }
  return held;
}
