import { setTimeout as sleep } from 'node:timers/promises';
import { PjError } from '../../../errors.ts';
import type { JsonObject } from '../../../model/json.ts';
import type { CallContext, Target } from '../../contract.ts';
import type { GuestAgent } from '../guest/agent.ts';
import { pingAgent } from '../guest/ping.ts';
import type { Machine } from '../machine.ts';
import { diskId } from './disk-devices.ts';
import { guestAgentAt } from './guest-agent.ts';
import { changeCards } from './live-cards.ts';
import { changeDisks } from './live-disks.ts';
import { changeMemory } from './live-memory.ts';
import { addVcpus } from './live-vcpus.ts';
import { ask, type Told } from './monitor.ts';
import { freePort } from './ports.ts';
import { type Qmp, QmpRefusal, withQmp } from './qmp.ts';
import { type Located, machineAt, type Workshop } from './workshop.ts';

/** A machine that runs, while it is changed. */
export interface Live {
  id: string;
  qmp: Qmp;
  /** What it is to be. */
  machine: Machine;
  /** How it was found. */
  told: Told;
  /** Where there is one that answers. */
  guest: GuestAgent | undefined;
  context: CallContext;
}

/** How long the guest may take to take up a change. Milliseconds. */
export const TAKEN_UP = 10_000;

/**
 * Makes a machine that runs what its spec says, as far as it is not: what is plugged in is compared, not what was recorded, so that a change that
 * was interrupted is gone on with. Throws PJ5510 with what the guest did not take up.
 */
export async function changeLive(
  shop: Workshop,
  target: Target,
  located: Located,
  context: CallContext,
): Promise<void> {
  const { id } = target.identity;
  const machine = machineAt(shop, target.identity, target.spec, located);
  const agent = guestAgentAt(located.sockets.guest, id);
  const answers = target.spec.vm?.guestAgent === true && (await pingAgent(agent, context.signal)).healthy;
  try {
    await withQmp(located.sockets.qmp, async (qmp) => {
      const told = await ask(qmp, { vnc: false });
      // Those that are plugged in are QEMU's own to grow.
      const missing = machine.disks.filter((disk) => !told.devices.has(diskId(disk)));
      await shop.disks.make({ ...machine, disks: missing }, { action: 'update', id }, context);
      const live: Live = { id, qmp, machine, told, guest: answers ? agent : undefined, context };
      await changeDisks(live);
      await changeCards(live);
      await addVcpus(live);
      await changeMemory(live);
    });
  } catch (thrown) {
    if (thrown instanceof PjError || !(thrown instanceof Error)) throw thrown;
    throw unchanged(id, thrown.message, thrown);
  }
}

export const unchanged = (id: string, reason: string, cause?: Error): PjError =>
  new PjError('PJ5510', { id, reason }, { cause });

/** Looks until it is as wanted; gives what was seen last. */
export async function settled<T>(
  look: () => Promise<T>,
  done: (seen: T) => boolean,
  { signal }: CallContext,
): Promise<T> {
  const end = performance.now() + TAKEN_UP;
  for (let wait = 20; ; wait = Math.min(wait * 2, 500)) {
    const seen = await look();
    if (done(seen) || performance.now() >= end) return seen;
    await sleep(wait, undefined, { signal });
  }
}

/** Plugs a device into a root port of its own, where the machine has such. */
export async function plug({ qmp, id }: Live, device: JsonObject): Promise<void> {
  const bus = await freePort(qmp);
  if (bus === null)
    throw unchanged(id, 'nothing more can be plugged in: all its slots are taken (a restart makes new ones)');
  await qmp.ask('device_add', bus === undefined ? device : { ...device, bus });
}

/** Unplugs a device; the guest has to let it go. */
export async function unplug({ qmp, id }: Live, device: string, what: string): Promise<void> {
  const gone = qmp.event('DEVICE_DELETED', (data) => data['device'] === device, TAKEN_UP);
  await qmp.ask('device_del', { id: device }).catch((error: unknown) => {
    // Asked for before, and the guest has not done it yet.
    if (!(error instanceof QmpRefusal) || !/already in the process of unplug/.test(error.message)) throw error;
  });
  if ((await gone) === undefined)
    throw unchanged(id, `the guest did not let go of ${what} within ${TAKEN_UP / 1000} s`);
}

/** Does what may have been done before. */
export const quietly = (asked: Promise<unknown>): Promise<void> =>
  asked.then(
    () => undefined,
    (error: unknown) => {
      if (!(error instanceof QmpRefusal)) throw error;
    },
  );
