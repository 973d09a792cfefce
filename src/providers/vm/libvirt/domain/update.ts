import { crashPoint } from '../../../../os/crash-point.ts';
import type { CallContext, Target } from '../../../contract.ts';
import type { Doing } from '../../disks/contract.ts';
import { readFolder, writeFolder } from '../../folder.ts';
import { makeSeed } from '../../seed/seed.ts';
import type { LibvirtContext } from '../context.ts';
import { disksIn } from '../live/disks.ts';
import { changeLive } from '../live/live.ts';
import { domainXml } from '../xml/domain.ts';
import { text } from '../xml/tree.ts';
import { recordOf } from './create.ts';
import { defineFilter, filterName, removeFilter } from './filters.ts';
import { domainInput, usesKvm } from './input.ts';
import { release, reservationsOf, reserve, without } from './reservations.ts';
import { pushSecrets, removeSecrets, secretsOf } from './secrets.ts';
import type { SeenDomain } from './see.ts';

/** Makes a domain what its spec says by now: what runs first, so that what cannot be changed there is not written down as done; then what is kept. */
export async function updateDomain(
  ctx: LibvirtContext,
  seen: SeenDomain,
  target: Target,
  doing: Doing,
  context: CallContext,
): Promise<void> {
  const { dir } = ctx.options;
  const { virsh, machine, folder } = ctx.instanceOf(target);
  const { spec } = target;
  const rules = spec.vm?.firewall ?? [];
  const record = recordOf(target, virsh, machine);
  const before = readFolder(folder);
  const gone = without(before?.reservations ?? [], reservationsOf(machine));
  // Before there is anything, so that a destroy after a kill knows of the old and of the new.
  writeFolder(folder, {
    ...(before ?? record),
    reservations: [...reservationsOf(machine), ...gone],
    whole: before?.whole ?? true,
  });
  // What a guest uses grows through it.
  const used = new Set(seen.live === undefined ? [] : disksIn(seen.live).map(({ key }) => key));
  const disks = machine.disks.filter(({ key }) => !used.has(key));
  await ctx.disks(virsh).make({ ...machine, disks }, doing, context);
  crashPoint('vm-grown');
  const seed = await makeSeed({ machine, spec, folder, dir }, doing, context);
  if (rules.length > 0) await defineFilter(virsh, machine, rules, doing, context);
  await release(virsh, gone, doing, context);
  await reserve(virsh, machine, doing, context);
  crashPoint('vm-reserved');
  const filter = rules.length > 0 ? filterName(machine) : undefined;
  const secrets = secretsOf(machine);
  if (seen.live !== undefined) {
    const { live } = seen;
    if (secrets.size > 0) await pushSecrets(virsh, machine, doing, context);
    await changeLive({ virsh, seen: { ...seen, live }, target, machine, filter, secrets, doing, context });
  }
  crashPoint('vm-changed');
  const kvm = seen.live === undefined ? await usesKvm(virsh, spec, doing, context) : text(seen.live, '@type') === 'kvm';
  const atRest = seen.marks?.atRest === true;
  const input = domainXml(domainInput(target, { dir, virsh, kvm, seed, atRest, seen }));
  await virsh.call(['define', '/dev/stdin'], doing, context, { input });
  if ((spec.vm?.autostart ?? false) !== seen.autostart)
    await virsh.call(['autostart', seen.uuid, ...(seen.autostart ? ['--disable'] : [])], doing, context);
  if (filter === undefined) await removeFilter(virsh, machine, doing, context);
  await removeSecrets(virsh, machine, doing, context, new Set(secrets.values()));
  crashPoint('vm-redefined');
  writeFolder(folder, { ...record, whole: true });
}
