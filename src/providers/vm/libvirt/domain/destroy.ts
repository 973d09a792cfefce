import { existsSync } from 'node:fs';
import { crashPoint } from '../../../../os/crash-point.ts';
import type { CallContext, Target } from '../../../contract.ts';
import { isSame } from '../../../marks.ts';
import type { Doing } from '../../disks/contract.ts';
import { readFolder, removeFolder, writeFolder } from '../../folder.ts';
import type { LibvirtContext } from '../context.ts';
import { recordOf } from './create.ts';
import { removeFilter } from './filters.ts';
import { release, reservationsOf, without } from './reservations.ts';
import { powerOff } from './run-state.ts';
import { removeSecrets } from './secrets.ts';
import { isOwn, lookAt, seeDomain } from './see.ts';

const WITH = ['--managed-save', '--snapshots-metadata', '--checkpoints-metadata', '--nvram'];

/** Removes a domain and what was made for it, in the reverse order of create. Disks stay unless they are to go too. */
export async function destroyDomain(
  ctx: LibvirtContext,
  target: Target,
  destroyVolumes: boolean,
  doing: Doing,
  context: CallContext,
): Promise<void> {
  const { virsh, machine, folder } = ctx.instanceOf(target);
  const record = readFolder(folder);
  const seen = await seeDomain(virsh, lookAt(machine), doing, context);
  if (seen !== undefined && !isOwn(seen, target.identity, target.handle)) return;
  // A folder without a record: its create was killed before there was more, or its destroy after there was any.
  const bare = record === undefined && existsSync(folder);
  if (seen === undefined && !bare && !isSame(record?.identity, target.identity)) return;
  if (record !== undefined) writeFolder(folder, { ...record, whole: false });
  else if (virsh.local) writeFolder(folder, { ...recordOf(target, virsh, machine), whole: false });
  crashPoint('vm-unmaking');
  if (seen !== undefined) {
    if (seen.live !== undefined) await powerOff(virsh, seen, doing, context);
    await virsh.ask(['undefine', seen.uuid, ...WITH], doing, context);
  }
  crashPoint('vm-undefined');
  const reserved = reservationsOf(machine);
  await release(virsh, [...reserved, ...without(record?.reservations ?? [], reserved)], doing, context);
  await removeFilter(virsh, machine, doing, context);
  await removeSecrets(virsh, machine, doing, context);
  crashPoint('vm-unfiltered');
  const disks = ctx.disks(virsh);
  if (destroyVolumes) await disks.remove(machine, doing, context);
  else disks.tidy(machine.uuid);
  removeFolder(folder);
}
