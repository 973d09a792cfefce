import { PjError } from '../../../errors.ts';
import type { Observed } from '../../../model/observed.ts';
import { crashPoint } from '../../../os/crash-point.ts';
import type { CallContext, EngineSnapshot, Made, Snapshots, Target } from '../../contract.ts';
import { changeSnapshot } from '../disks/qemu-img.ts';
import { whileFrozen } from '../guest/lifecycle.ts';
import { note, readNotes, type SnapshotNote, without } from '../snapshot-notes.ts';
import { ADDED, reasonAgainst } from '../snapshot-rules.ts';
import { start, stop } from './actions.ts';
import { diskId } from './disk-devices.ts';
import { finishRevert } from './finish-revert.ts';
import { guestAgentAt } from './guest-agent.ts';
import { changed, hardwareOf, isAdded } from './hardware.ts';
import { runJob } from './jobs.ts';
import { statusNow } from './observed.ts';
import { withQmp } from './qmp.ts';
import { holding, imagesOf, type KeptDisk, listSnapshots, type SnapshotImages, withFiles } from './snapshot-images.ts';
import { type Located, locate, machineAt, madeOf, refused, see, type Workshop } from './workshop.ts';

type How = Parameters<Snapshots['create']>[1];

/** One machine whose snapshots something is done to. */
interface Subject extends SnapshotImages {
  shop: Workshop;
  target: Target;
  located: Located;
  disks: KeptDisk[];
  /** What is done, for errors. */
  action: string;
  context: CallContext;
}

/** Snapshots within the disks: QEMU makes them of a machine that runs, qemu-img of one that is off. */
export function machineSnapshots(shop: Workshop): Snapshots {
  const subject = async (action: string, target: Target, context: CallContext): Promise<Subject> => {
    const located = await locate(shop, target, context);
    const disks = withFiles(machineAt(shop, target.identity, target.spec, located));
    return { shop, target, located, disks, action, context, ...(await imagesOf(target.identity.id, disks, context)) };
  };
  return {
    create: async (target, how, context) => create(await subject('snapshot', target, context), how),
    async list(target, context) {
      const { located, images } = await subject('list the snapshots of', target, context);
      return listSnapshots(images, readNotes(located.folder));
    },
    revert: async (target, name, context) => revert(await subject('revert', target, context), name),
    delete: async (target, name, context) => remove(await subject('delete a snapshot of', target, context), name),
  };
}

const runs = ({ located }: Subject): boolean => located.sighting?.alive === true;

async function create(on: Subject, how: How): Promise<EngineSnapshot> {
  const { target, located, context } = on;
  const { id } = target.identity;
  const { name } = how;
  refuse(on, how);
  const had = holding(on.images, name);
  // What pj knows nothing of may be somebody's own.
  const half = had.length < on.disks.length && readNotes(located.folder).snapshots[name] !== undefined;
  if (had.length > 0 && !half) throw new PjError('PJ5512', { id, name });
  const { status, hardware } = await present(on);
  if (how.memory && hardware !== undefined && isAdded(hardware)) throw new PjError('PJ5513', { id, reason: ADDED });
  // A create that was killed left it half-made, and nothing goes back to it.
  if (had.length > 0) await remove(on, name);
  note(located.folder, (notes) => {
    const known: SnapshotNote = {
      status,
      ...(notes.current === undefined ? {} : { parent: notes.current }),
      ...(how.description === undefined ? {} : { description: how.description }),
      ...(hardware === undefined ? {} : { hardware }),
    };
    return { ...notes, snapshots: { ...notes.snapshots, [name]: known } };
  });
  crashPoint('vm-snapshot-noted');
  try {
    if (!runs(on)) await createOff(on, name);
    else if (how.memory) await job(on, 'snapshot-save', name);
    else await createDisks(on, how);
  } catch (thrown) {
    context.signal.throwIfAborted();
    note(located.folder, (notes) => without(notes, name));
    throw thrown;
  }
  crashPoint('vm-snapshot-made');
  note(located.folder, (notes) => ({ ...notes, current: name }));
  const { images } = await imagesOf(id, on.disks, context);
  const made = listSnapshots(images, readNotes(located.folder)).find((one) => one.name === name);
  if (made === undefined) throw refused(id, 'snapshot', 'it is not in all disks');
  return made;
}

function refuse({ disks, target, located }: Subject, how: How): void {
  const runs = located.sighting?.alive === true;
  const reason = reasonAgainst(disks, how, { runs, guestAgent: target.spec.vm?.guestAgent === true });
  if (reason !== undefined) throw new PjError('PJ5513', { id: target.identity.id, reason });
}

/** How the machine is at this moment. */
async function present({
  shop,
  target,
  located,
  context,
}: Subject): Promise<Pick<SnapshotNote, 'status' | 'hardware'>> {
  const { identity, spec } = target;
  const qemu = await shop.qemu(context);
  const seen = await see(shop, { identity, spec, qemu }, located);
  const status: Observed['status'] = located.sighting === undefined ? 'stopped' : statusNow(seen, located.sighting);
  if (seen.told === undefined) return { status };
  if (seen.told instanceof Error) throw refused(identity.id, 'snapshot', seen.told.message);
  return { status, hardware: hardwareOf(qemu, spec, seen.told) };
}

async function createOff(on: Subject, name: string): Promise<void> {
  for (const [i, disk] of on.disks.entries()) {
    const reason = await changeSnapshot(disk.file, disk, 'create', name, on.context);
    crashPoint('vm-snapshot-disk');
    if (reason === undefined) continue;
    for (const done of on.disks.slice(0, i)) await changeSnapshot(done.file, done, 'delete', name, on.context);
    throw refused(on.target.identity.id, 'snapshot', `${disk.file}: ${reason}`);
  }
}

/** Of all disks at one moment. */
async function createDisks(on: Subject, { name, quiesce }: How): Promise<void> {
  const { located, target, context } = on;
  const actions = on.disks.map((disk) => ({
    type: 'blockdev-snapshot-internal-sync',
    data: { device: diskId(disk), name },
  }));
  const work = () => asking(on, () => withQmp(located.sockets.qmp, (qmp) => qmp.ask('transaction', { actions }, LONG)));
  const agent = guestAgentAt(located.sockets.guest, target.identity.id);
  await (quiesce ? whileFrozen(agent, context.signal, work) : work());
}

/** The disks have to come to rest first. Milliseconds. */
const LONG = 60_000;

/** QEMU's own jobs: they do it to all disks, or to none. */
async function job(on: Subject, command: 'snapshot-save' | 'snapshot-load' | 'snapshot-delete', tag: string) {
  const devices = on.disks.map(diskId);
  const vmstate = command === 'snapshot-delete' ? {} : { vmstate: devices[0] ?? '' };
  const { sockets } = on.located;
  await asking(on, () => runJob(sockets.qmp, command, { tag, devices, ...vmstate }, on.context.signal));
}

/** What QEMU complains of, as an error of pj's. */
async function asking<T>({ target, action, context }: Subject, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    context.signal.throwIfAborted();
    if (thrown instanceof PjError || !(thrown instanceof Error)) throw thrown;
    throw refused(target.identity.id, action, thrown.message);
  }
}

/** Also what is in some of the disks only. */
async function remove(on: Subject, name: string): Promise<void> {
  const { target, located, context } = on;
  const had = holding(on.images, name);
  if (had.length === 0) throw new PjError('PJ5511', { id: target.identity.id, name });
  if (runs(on)) await job(on, 'snapshot-delete', name);
  else
    for (const disk of had) {
      const reason = await changeSnapshot(disk.file, disk, 'delete', name, context);
      if (reason !== undefined) throw refused(target.identity.id, on.action, `${disk.file}: ${reason}`);
    }
  note(located.folder, (notes) => without(notes, name));
}

async function revert(on: Subject, name: string): Promise<Made> {
  const { shop, target, located, context } = on;
  const { folder } = located;
  const wanted = listSnapshots(on.images, readNotes(folder)).find((one) => one.name === name);
  if (wanted === undefined) throw new PjError('PJ5511', { id: target.identity.id, name });
  if (wanted.memory) await load(on, wanted);
  else {
    await stop(shop, target, context);
    note(folder, (notes) => ({ ...notes, reverting: name }));
    await finishRevert(shop, target, await locate(shop, target, context), context);
    if (wanted.status === 'running' || wanted.status === 'paused') await start(shop, target, context);
    if (wanted.status === 'paused') await withQmp(located.sockets.qmp, (qmp) => qmp.ask('stop'));
  }
  note(folder, (notes) => ({ ...notes, current: name }));
  return madeOf(shop, await shop.qemu(context), target, await locate(shop, target, context));
}

/** Into a QEMU that runs, and that was started for it where none did. */
async function load(on: Subject, { name, status }: EngineSnapshot): Promise<void> {
  const { shop, target, context } = on;
  const { id } = target.identity;
  const ran = runs(on);
  if (!ran) await start(shop, target, context);
  const located = await locate(shop, target, context);
  const { qmp } = located.sockets;
  const here = { ...on, located };
  const { hardware: then } = readNotes(located.folder).snapshots[name] ?? {};
  const { hardware: now } = await present(here);
  const other = then === undefined || now === undefined ? undefined : changed(then, now);
  if (other !== undefined) {
    if (!ran) await stop(shop, target, context);
    throw new PjError('PJ5505', {
      runtime: 'qemu',
      action: 'revert',
      id,
      reason: `${name} holds the memory of a machine with other hardware: ${other}`,
    });
  }
  await asking(on, () => withQmp(qmp, (monitor) => monitor.ask('stop')));
  try {
    await job(here, 'snapshot-load', name);
  } catch (thrown) {
    context.signal.throwIfAborted();
    // Its disks may be those of the snapshot by now, to which its memory does not fit.
    await stop(shop, target, context);
    throw thrown;
  }
  if (status !== 'paused') await withQmp(qmp, (monitor) => monitor.ask('cont'));
}
