import { setTimeout as sleep } from 'node:timers/promises';
import { PjError } from '../../../errors.ts';
import type { JsonObject } from '../../../model/json.ts';
import type { CallContext } from '../../contract.ts';
import type { GuestAgent } from '../guest/agent.ts';
import type { Machine } from '../machine.ts';
import type { Told } from './monitor.ts';
import { freePort } from './ports.ts';
import { type Qmp, QmpRefusal } from './qmp.ts';

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

/** It could not be changed while it runs. */
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
