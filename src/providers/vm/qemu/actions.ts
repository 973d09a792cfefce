import { existsSync, rmSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { logFiles } from '../../../agent/log-files.ts';
import { makeRuntimeDir, removeRuntimeDir } from '../../../agent/runtime-dir.ts';
import { PjError } from '../../../errors.ts';
import { crashPoint } from '../../../os/crash-point.ts';
import { lastLines } from '../../../os/last-lines.ts';
import type { CallContext, Made, Target } from '../../contract.ts';
import { filesOf, removeFolder, writeFolder } from '../folder.ts';
import { makeSeed } from '../seed/seed.ts';
import type { Qemu } from './engine.ts';
import { finishRevert } from './finish-revert.ts';
import { findFirmware, makeVariables } from './firmware.ts';
import { aboveOf } from './place.ts';
import { openQmp } from './qmp.ts';
import { removeTap, tapsOf } from './taps.ts';
import { caredOf, type Located, locate, machineAt, madeOf, refused, type Workshop } from './workshop.ts';

/** Milliseconds for QEMU to open its monitor; it does so before the guest does anything. */
const PATIENCE = 30_000;

/** Makes a machine that does not run yet. What is there of an earlier try is gone on with. */
export async function create(shop: Workshop, target: Target, context: CallContext): Promise<Made> {
  const qemu = await shop.qemu(context);
  const located = await locate(shop, target, context);
  const { identity, specDigest } = target;
  const { record, sighting } = located;
  if (target.handle === null && record?.whole === true && sighting !== undefined && record.specDigest !== specDigest)
    throw new PjError('PJ5504', { id: identity.id });
  const whole = record?.whole === true && sighting !== undefined;
  if (!whole) note(shop, target, located, false);
  crashPoint('vm-folder');
  await furnish(shop, target, located, context);
  crashPoint('vm-furnished');
  const made = await shop.care.create(caredOf(shop, qemu, target, located), context);
  crashPoint('vm-made');
  note(shop, target, located, true);
  return madeOf(shop, qemu, target, { ...located, sighting: made });
}

/** Writes down in the machine's folder what it is made from. */
function note(shop: Workshop, { identity, spec, specDigest }: Target, located: Located, whole: boolean): void {
  const { name } = machineAt(shop, identity, spec, located);
  writeFolder(located.folder, { version: 1, identity, runtime: 'qemu', name, specDigest, whole });
}

/** Makes what a machine needs on the disk before it starts. */
async function furnish(shop: Workshop, { identity, spec }: Target, located: Located, context: CallContext) {
  makeRuntimeDir(aboveOf(located.sockets), process.geteuid?.() ?? 0);
  const machine = machineAt(shop, identity, spec, located);
  const had = located.sighting?.entry.spec;
  const before = had === undefined ? undefined : machineAt(shop, identity, had, located);
  await shop.disks.make(machine, { action: 'create', id: identity.id }, context, before);
  crashPoint('vm-disks');
  const { folder } = located;
  await makeSeed({ machine, spec, folder, dir: shop.options.dir }, { action: 'create', id: identity.id }, context);
  crashPoint('vm-seed');
  if (spec.vm?.firmware !== 'uefi') return;
  const firmware = findFirmware();
  if (firmware === undefined) throw refused(identity.id, 'create', 'there is no UEFI firmware (package ovmf)');
  makeVariables(firmware, filesOf(located.folder).nvram);
}

/** Ends when QEMU answers; the guest boots from then on. */
export async function start(shop: Workshop, target: Target, context: CallContext): Promise<Made> {
  const qemu = await shop.qemu(context);
  const before = await locate(shop, target, context);
  if (before.sighting?.alive !== true) {
    await finishRevert(shop, target, before, context);
    await furnish(shop, target, before, context);
  }
  const errors = logFiles(shop.options.dir, before.sighting?.entry.home.id ?? target.identity.id).err;
  const errorsFrom = statSync(errors, { throwIfNoEntry: false })?.size ?? 0;
  const sighting = await shop.care.start(caredOf(shop, qemu, target, before), context);
  const located = { ...before, sighting };
  await awaitMonitor(shop, target, located, { path: errors, from: errorsFrom }, context);
  note(shop, target, located, true);
  return madeOf(shop, qemu, target, await locate(shop, target, context));
}

/** Waits until QEMU answers. One that ends before that is not tried again; throws PJ5505 with what it complained of. */
async function awaitMonitor(
  shop: Workshop,
  target: Target,
  { sockets }: Located,
  errors: { path: string; from: number },
  context: CallContext,
): Promise<void> {
  const end = performance.now() + PATIENCE;
  let reason = `QEMU did not answer within ${PATIENCE / 1000} s`;
  for (let wait = 10; performance.now() < end; wait = Math.min(wait * 1.5, 250)) {
    context.signal.throwIfAborted();
    const there = existsSync(sockets.qmp) ? await openQmp(sockets.qmp, 2_000).catch(() => undefined) : undefined;
    if (there !== undefined) return there.close();
    const { sighting } = await locate(shop, target, context);
    if (sighting?.entry.phase === 'completed') return;
    if (sighting?.alive !== true) {
      reason = lastLines(errors.path, 3, errors.from).map(complaint).join('; ') || 'QEMU ended at once';
      break;
    }
    await sleep(wait);
  }
  await shop.care.stop({ ...target, instance: undefined }, context);
  throw refused(target.identity.id, 'start', reason);
}

/** Without the option that QEMU complains of, which is long. */
const complaint = (line: string): string => line.replace(/^qemu-system-\S+: (-\w+ \S+: )?/, '');

export async function stop(shop: Workshop, target: Target, context: CallContext): Promise<void> {
  const { sighting } = await locate(shop, target, context);
  if (sighting === undefined) return;
  await shop.care.stop({ ...target, instance: sighting.entry.instance }, context);
}

/** What is made last goes first; the folder's record is what a killed destroy is found by. */
export async function destroy(
  shop: Workshop,
  target: Target,
  { destroyVolumes }: { destroyVolumes: boolean },
  context: CallContext,
): Promise<void> {
  const located = await locate(shop, target, context);
  const { sighting, record, sockets, folder } = located;
  const { identity } = target;
  if (sighting !== undefined) await shop.care.destroy({ ...target, instance: sighting.entry.instance }, false, context);
  crashPoint('vm-entry-gone');
  const machine = machineAt(shop, identity, target.spec, located);
  for (const tap of tapsOf(located)) await removeTap(tap, context);
  if (sighting === undefined && record === undefined && !existsSync(folder)) return;
  if (destroyVolumes) await shop.disks.remove(machine, { action: 'destroy', id: identity.id }, context);
  else shop.disks.tidy(located.uuid);
  crashPoint('vm-disks-gone');
  rmSync(sockets.dir, { recursive: true, force: true });
  removeRuntimeDir(aboveOf(sockets));
  removeFolder(folder);
}

/** Takes a new spec, which holds from the next start on. */
export async function retake(
  shop: Workshop,
  qemu: Qemu,
  target: Target,
  located: Located,
  context: CallContext,
): Promise<Made> {
  if (located.sighting?.alive !== true) await furnish(shop, target, located, context);
  const sighting = await shop.care.update(caredOf(shop, qemu, target, located), context);
  note(shop, target, located, true);
  return madeOf(shop, qemu, target, { ...located, sighting });
}
