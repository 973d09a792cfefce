import { setTimeout as pause } from 'node:timers/promises';
import { stopPolicy } from '../../../../model/spec.ts';
import { crashPoint } from '../../../../os/crash-point.ts';
import type { CallContext, Target } from '../../../contract.ts';
import type { Doing } from '../../disks/contract.ts';
import { shutDownGuest } from '../../guest/lifecycle.ts';
import type { Machine } from '../../machine.ts';
import type { Virsh } from '../connection/virsh.ts';
import { guestAgentOf } from '../guest.ts';
import { REST_NAMESPACE } from '../xml/marks.ts';
import { one } from '../xml/tree.ts';
import { applyForwards } from './forwards.ts';
import { pushSecrets } from './secrets.ts';
import { lookAt, type SeenDomain, seeDomain } from './see.ts';

/** Milliseconds between two looks at a guest that shuts down. */
const LOOK = 250;

/** Starts a domain that is off. */
export async function startDomain(
  virsh: Virsh,
  seen: SeenDomain,
  machine: Machine,
  doing: Doing,
  context: CallContext,
): Promise<void> {
  await pushSecrets(virsh, machine, doing, context);
  if (seen.marks?.atRest === true)
    await virsh.call(['metadata', seen.uuid, REST_NAMESPACE, '--config', '--remove'], doing, context);
  crashPoint('vm-start');
  if (!machine.cards.some(({ kind }) => kind === 'user')) {
    await virsh.call(['start', seen.uuid], doing, context);
    return;
  }
  // The guest runs when its ports are forwarded: one that cannot have them does not run at all.
  await virsh.call(['start', seen.uuid, '--paused'], doing, context);
  crashPoint('vm-paused');
  try {
    const started = await seeDomain(virsh, lookAt(machine), doing, context);
    if (started?.live !== undefined)
      await applyForwards(virsh, { ...started, live: started.live }, machine.cards, doing, context);
    await virsh.call(['resume', seen.uuid], doing, context);
  } catch (thrown) {
    await restAt(virsh, seen, doing, context).catch(() => undefined);
    await virsh.ask(['destroy', seen.uuid], doing, context).catch(() => undefined);
    throw thrown;
  }
}

/** Tells a guest to switch itself off, through its agent and the power button, and powers it off when the grace period is over. */
export async function haltDomain(
  virsh: Virsh,
  seen: SeenDomain,
  target: Target,
  doing: Doing,
  context: CallContext,
): Promise<void> {
  await restAt(virsh, seen, doing, context);
  if (seen.live === undefined) return;
  if (target.atOnce) return powerOff(virsh, seen, doing, context);
  const { signal } = context;
  const deadline = performance.now() + stopPolicy(target.spec).gracePeriod * 1000;
  // One that is paused hears nothing.
  await virsh.ask(['resume', seen.uuid], doing, context).catch(() => undefined);
  await virsh.ask(['shutdown', seen.uuid, '--mode', 'acpi'], doing, context).catch(() => undefined);
  if (one(seen.live, 'devices', 'channel') !== undefined)
    await shutDownGuest(guestAgentOf(virsh, seen.uuid, doing.id), signal);
  while (performance.now() < deadline) {
    if (await isOff(virsh, seen, doing, context)) return;
    await pause(LOOK, undefined, { signal });
  }
  context.progress('the guest has not switched itself off: it is powered off');
  await powerOff(virsh, seen, doing, context);
}

export async function powerOff(virsh: Virsh, seen: SeenDomain, doing: Doing, context: CallContext): Promise<void> {
  try {
    await virsh.ask(['destroy', seen.uuid], doing, context);
  } catch (thrown) {
    if (!(await isOff(virsh, seen, doing, context))) throw thrown;
  }
}

/** Writes down that it is off because pj says so. */
async function restAt(virsh: Virsh, seen: SeenDomain, doing: Doing, context: CallContext): Promise<void> {
  if (seen.marks?.atRest === true && seen.live === undefined) return;
  const argv = ['metadata', seen.uuid, REST_NAMESPACE, '--config', '--key', 'pjrest', '--set', '<rest/>'];
  await virsh.call(argv, doing, context);
}

async function isOff(virsh: Virsh, { uuid }: SeenDomain, doing: Doing, context: CallContext): Promise<boolean> {
  const state = (await virsh.ask(['domstate', uuid], doing, context))?.trim();
  return state === undefined || state === 'shut off' || state === 'crashed';
}
