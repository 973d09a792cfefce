import { PjError } from '../../../../errors.ts';
import { crashPoint } from '../../../../os/crash-point.ts';
import type { CallContext, Target } from '../../../contract.ts';
import type { Doing } from '../../disks/contract.ts';
import { type FolderRecord, readFolder, writeFolder } from '../../folder.ts';
import type { Machine } from '../../machine.ts';
import { makeSeed } from '../../seed/seed.ts';
import type { Virsh } from '../connection/virsh.ts';
import type { LibvirtContext } from '../context.ts';
import { domainXml } from '../xml/domain.ts';
import { defineFilter } from './filters.ts';
import { domainInput, usesKvm } from './input.ts';
import { reservationsOf, reserve } from './reservations.ts';
import { isOwn, lookAt, type SeenDomain, seeDomains } from './see.ts';

/** Makes the domain of a target, or makes a half-made one whole. Its folder comes first and is whole last, so that what a kill leaves is found by it. */
export async function createDomain(
  ctx: LibvirtContext,
  target: Target,
  doing: Doing,
  context: CallContext,
): Promise<void> {
  const { dir } = ctx.options;
  const { virsh, machine, folder } = ctx.instanceOf(target);
  const looks = [lookAt(machine), { key: machine.name, networks: [] }];
  const [there, named] = (await seeDomains(virsh, looks, doing, context)).seen;
  refuseTaken(target, [there, named]);
  if (there !== undefined) {
    const digest = there.marks?.specDigest ?? '';
    if (digest !== '' && digest !== target.specDigest) throw new PjError('PJ5504', { id: target.identity.id });
    if (readFolder(folder)?.whole === true) return;
  }
  const record = recordOf(target, virsh, machine);
  writeFolder(folder, { ...record, whole: false });
  crashPoint('vm-folder');
  await ctx.disks(virsh).make(machine, doing, context);
  crashPoint('vm-disks');
  const { spec } = target;
  const seed = await makeSeed({ machine, spec, folder, dir }, doing, context);
  const rules = spec.vm?.firewall ?? [];
  if (rules.length > 0) await defineFilter(virsh, machine, rules, doing, context);
  crashPoint('vm-filter');
  await reserve(virsh, machine, doing, context);
  crashPoint('vm-reserved');
  const kvm = await usesKvm(virsh, spec, doing, context);
  if (there === undefined) {
    const input = domainXml(domainInput(target, { dir, virsh, kvm, seed, atRest: true }));
    await virsh.call(['define', '/dev/stdin'], doing, context, { input });
  }
  if (spec.vm?.autostart === true) await virsh.call(['autostart', machine.uuid], doing, context);
  crashPoint('vm-defined');
  writeFolder(folder, { ...record, whole: true });
}

export const recordOf = (target: Target, virsh: Virsh, machine: Machine): Omit<FolderRecord, 'whole'> => ({
  version: 1,
  identity: target.identity,
  runtime: 'libvirt',
  uri: virsh.uri,
  name: machine.name,
  specDigest: target.specDigest,
  reservations: reservationsOf(machine),
});

function refuseTaken(target: Target, there: readonly (SeenDomain | undefined)[]): void {
  for (const one of there)
    if (one !== undefined && !isOwn(one, target.identity, target.handle)) throw taken(target.identity.id, one);
}

export function taken(id: string, { name, marks }: SeenDomain): PjError {
  const owner =
    marks === undefined
      ? 'a domain that pj has not made'
      : `${marks.identity.id} of the project ${marks.identity.project}`;
  return new PjError('PJ5503', { id, name, owner });
}
