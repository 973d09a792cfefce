import { resolve } from 'node:path';
import { PjError } from '../../../errors.ts';
import { crashPoint } from '../../../os/crash-point.ts';
import type { CallContext, EngineSnapshot, Made, Snapshots, Target } from '../../contract.ts';
import type { Doing } from '../disks/contract.ts';
import { whileFrozen } from '../guest/lifecycle.ts';
import { type Machine, machineOf } from '../machine.ts';
import { note, readNotes, type SnapshotNotes, without } from '../snapshot-notes.ts';
import { ADDED, keptDisks, reasonAgainst } from '../snapshot-rules.ts';
import type { Virsh } from './connection/virsh.ts';
import type { LibvirtContext } from './context.ts';
import { attributesOf, handleOf } from './domain/attributes.ts';
import { applyForwards } from './domain/forwards.ts';
import { startDomain } from './domain/run-state.ts';
import { pushSecrets } from './domain/secrets.ts';
import { isOwn, lookAt, type SeenDomain, seeDomain } from './domain/see.ts';
import { statusOf } from './domain/status.ts';
import { guestAgentOf } from './guest.ts';
import { addedProcessor, disksXml, formatNodes, inOrder, snapshotIn } from './xml/snapshot.ts';
import { fromXml, one, toXml } from './xml/tree.ts';

type How = Parameters<Snapshots['create']>[1];

/** One machine whose snapshots something is done to. */
interface Subject {
  virsh: Virsh;
  target: Target;
  machine: Machine;
  folder: string;
  seen: SeenDomain;
  all: EngineSnapshot[];
  doing: Doing;
  context: CallContext;
}

/** Memory of many gigabytes takes its time. */
const LONG = { timeoutMs: 600_000 };

/** libvirt's internal snapshots: it can go back to those, and not to external ones. */
export function domainSnapshots(ctx: LibvirtContext): Snapshots {
  const dir = resolve(ctx.options.dir);
  const about = async (action: string, target: Target, context: CallContext): Promise<Subject | undefined> => {
    const { virsh, machine, folder } = ctx.instanceOf(target);
    const doing = { action, id: target.identity.id };
    const seen = await seeDomain(virsh, lookAt(machine), doing, context);
    if (seen === undefined || !isOwn(seen, target.identity, target.handle)) return undefined;
    const all = await listOf(virsh, seen, readNotes(folder), doing, context);
    return { virsh, target, machine, folder, seen, all, doing, context };
  };
  const subject = async (action: string, target: Target, context: CallContext): Promise<Subject> => {
    const found = await about(action, target, context);
    if (found !== undefined) return found;
    const { id } = target.identity;
    const { name } = machineOf(target.identity, target.spec, dir);
    throw new PjError('PJ5505', { runtime: 'libvirt', action, id, reason: `there is no domain ${name} of its` });
  };
  return {
    create: async (target, how, context) => create(await subject('snapshot', target, context), how),
    list: async (target, context) => (await about('list the snapshots of', target, context))?.all ?? [],
    revert: async (target, name, context) => revert(await subject('revert', target, context), name),
    delete: async (target, name, context) => remove(await subject('delete a snapshot of', target, context), name),
  };
}

async function listOf(
  virsh: Virsh,
  { uuid }: SeenDomain,
  notes: SnapshotNotes,
  doing: Doing,
  context: CallContext,
): Promise<EngineSnapshot[]> {
  const [told = '', current = ''] = await virsh.batch(
    [
      ['snapshot-list', uuid, '--name'],
      ['snapshot-current', uuid, '--name'],
    ],
    doing,
    context,
  );
  const names = told.split('\n').filter((name) => name.trim() !== '');
  const texts = await virsh.batch(
    names.map((name) => ['snapshot-dumpxml', uuid, name]),
    doing,
    context,
  );
  const found = texts.flatMap((text) => {
    const xml = one(fromXml(text), 'domainsnapshot');
    return xml === undefined ? [] : [snapshotIn(xml, current.trim(), notes)];
  });
  return inOrder(found);
}

async function create(on: Subject, how: How): Promise<EngineSnapshot> {
  const { virsh, seen, folder, target, doing, context } = on;
  const { name, description } = how;
  if (on.all.some((one) => one.name === name)) throw new PjError('PJ5512', { id: doing.id, name });
  refuse(on, how);
  await dropHalf(on, name);
  const { status } = statusOf(seen, target.spec, virsh.local);
  note(folder, (notes) => ({ ...notes, snapshots: { ...notes.snapshots, [name]: { status } } }));
  const told = { name, ...(description === undefined ? {} : { description }) };
  try {
    if (seen.live !== undefined && !how.memory) await createDisks(on, how);
    else {
      const argv = ['snapshot-create', seen.uuid, '/dev/stdin', '--atomic'];
      await virsh.call(argv, doing, context, { ...LONG, input: toXml({ domainsnapshot: told }) });
    }
  } catch (thrown) {
    context.signal.throwIfAborted();
    note(folder, (notes) => without(notes, name));
    throw thrown;
  }
  const made = (await listOf(virsh, seen, readNotes(folder), doing, context)).find((one) => one.name === name);
  if (made === undefined) throw new PjError('PJ5505', { runtime: 'libvirt', ...doing, reason: 'it has not kept it' });
  return made;
}

function refuse({ machine, seen, target, doing }: Subject, how: How): void {
  const disks = keptDisks(machine);
  const runs = seen.live !== undefined;
  const reason =
    reasonAgainst(disks, how, { runs, guestAgent: target.spec.vm?.guestAgent === true }) ??
    (disks.some(({ encryption }) => encryption !== undefined)
      ? 'libvirt goes back to no snapshots in encrypted disks'
      : how.memory && runs && addedProcessor(seen.live ?? {})
        ? ADDED
        : undefined);
  if (reason !== undefined) throw new PjError('PJ5513', { id: doing.id, reason });
}

/**
 * Of all disks at one moment, by QEMU itself: libvirt has only external ones for a machine that runs. It is told of them as of ones that were made
 * of a machine that was off, which is what they are like.
 */
async function createDisks(on: Subject, { name, description, quiesce }: How): Promise<void> {
  const { virsh, seen, all, target, doing, context } = on;
  const live = seen.live ?? {};
  const actions = formatNodes(live).map((device) => ({
    type: 'blockdev-snapshot-internal-sync',
    data: { device, name },
  }));
  const command = JSON.stringify({ execute: 'transaction', arguments: { actions } });
  const work = () => virsh.call(['qemu-monitor-command', seen.uuid, command], doing, context);
  const agent = guestAgentOf(virsh, seen.uuid, target.identity.id);
  await (quiesce ? whileFrozen(agent, context.signal, work) : work());
  crashPoint('vm-snapshot-made');
  const parent = all.find(({ current }) => current)?.name;
  const input = toXml({
    domainsnapshot: {
      name,
      ...(description === undefined ? {} : { description }),
      state: 'shutoff',
      ...(parent === undefined ? {} : { parent: { name: parent } }),
      creationTime: Math.floor(Date.now() / 1000),
      memory: { '@snapshot': 'no' },
      disks: disksXml(live),
      domain: seen.config,
    },
  });
  try {
    const argv = ['snapshot-create', seen.uuid, '/dev/stdin', '--redefine', '--current'];
    await virsh.call(argv, doing, context, { input });
  } catch (thrown) {
    context.signal.throwIfAborted();
    await dropHalf(on, name);
    throw thrown;
  }
}

/** One that was begun, and that libvirt was not told of: pj was killed. */
async function dropHalf({ virsh, seen, folder, doing, context }: Subject, name: string): Promise<boolean> {
  if (readNotes(folder).snapshots[name] === undefined) return false;
  if (seen.live !== undefined)
    await virsh.call(['qemu-monitor-command', seen.uuid, '--hmp', `delvm ${name}`], doing, context);
  note(folder, (notes) => without(notes, name));
  return true;
}

async function remove(on: Subject, name: string): Promise<void> {
  const { virsh, seen, folder, all, doing, context } = on;
  if (!all.some((one) => one.name === name)) {
    if (await dropHalf(on, name)) return;
    throw new PjError('PJ5511', { id: doing.id, name });
  }
  await virsh.call(['snapshot-delete', seen.uuid, name], doing, context, LONG);
  note(folder, (notes) => without(notes, name));
}

async function revert(on: Subject, name: string): Promise<Made> {
  const { virsh, target, machine, seen, all, doing, context } = on;
  const wanted = all.find((one) => one.name === name);
  if (wanted === undefined) throw new PjError('PJ5511', { id: doing.id, name });
  await pushSecrets(virsh, machine, doing, context);
  await virsh.call(['snapshot-revert', seen.uuid, name], doing, context, LONG);
  const look = async (): Promise<SeenDomain> => (await seeDomain(virsh, lookAt(machine), doing, context)) ?? seen;
  const back = await look();
  if (back.live !== undefined) {
    // A revert is a new QEMU, which forwards no ports.
    await applyForwards(virsh, { ...back, live: back.live }, machine.cards, doing, context);
  } else if (wanted.status === 'running' || wanted.status === 'paused') {
    await startDomain(virsh, back, machine, doing, context);
    if (wanted.status === 'paused') await virsh.call(['suspend', seen.uuid], doing, context);
  }
  const now = await look();
  return { handle: handleOf(now, virsh, target.handle), attributes: attributesOf(now, virsh) };
}
