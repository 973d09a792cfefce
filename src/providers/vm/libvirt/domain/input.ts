import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Spec } from '../../../../model/spec.ts';
import { detectKvm } from '../../../../os/kvm.ts';
import type { CallContext, Target } from '../../../contract.ts';
import type { Doing } from '../../disks/contract.ts';
import { filesOf, folderOf } from '../../folder.ts';
import { type Machine, machineOf } from '../../machine.ts';
import type { Virsh } from '../connection/virsh.ts';
import type { DomainInput } from '../xml/domain.ts';
import { text } from '../xml/tree.ts';
import { filterName } from './filters.ts';
import { secretsOf } from './secrets.ts';
import type { SeenDomain } from './see.ts';

/** The machine of a target: one that was renamed since, or taken over, keeps its name and its uuid. */
export function machineFor(target: Pick<Target, 'identity' | 'handle' | 'spec'>, dir: string): Machine {
  const machine = machineOf(target.identity, target.spec, resolve(dir));
  const { name, uuid } = target.handle ?? {};
  return {
    ...machine,
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof uuid === 'string' ? { uuid } : {}),
  };
}

/** Everything that its XML is made from. */
export function domainInput(
  target: Target,
  of: { dir: string; virsh: Virsh; kvm: boolean; seed: string | undefined; atRest: boolean; seen?: SeenDomain },
): DomainInput {
  const { dir, virsh, kvm, seed, atRest, seen } = of;
  const known = machineFor(target, dir);
  // Somebody may have renamed it.
  const machine = seen === undefined ? known : { ...known, name: seen.name };
  const folder = folderOf(resolve(dir), machine.uuid, target.handle);
  const machineType = seen === undefined ? undefined : text(seen.config, 'os', 'type', '@machine');
  const { vm = {} } = target.spec;
  return {
    machine,
    spec: target.spec,
    dir: resolve(dir),
    kvm,
    marks: {
      identity: target.identity,
      specDigest: target.specDigest,
      folder: folder.split('/').at(-1) ?? machine.uuid,
      atRest,
    },
    secrets: secretsOf(machine),
    apparmor: !virsh.local || hasAppArmor(),
    ...(virsh.local && vm.serial !== false ? { serialLog: filesOf(folder).serial } : {}),
    ...(seed === undefined ? {} : { seed }),
    ...((vm.firewall ?? []).length === 0 ? {} : { filter: filterName(machine) }),
    ...(machineType === undefined ? {} : { machineType }),
  };
}

/** Whether this host confines machines with it. */
export function hasAppArmor(): boolean {
  try {
    return readFileSync('/sys/module/apparmor/parameters/enabled', 'utf8').startsWith('Y');
  } catch {
    return false; // The kernel has none.
  }
}

/** Whether the processor of the machine's host runs the guest: libvirt believes in a /dev/kvm that only opens. */
export async function usesKvm(virsh: Virsh, { vm }: Spec, doing: Doing, context: CallContext): Promise<boolean> {
  const own = process.arch === 'x64' ? 'x86_64' : 'aarch64';
  if (virsh.local) return detectKvm().usable && (vm?.arch ?? own) === own;
  const told = await virsh.ask(['domcapabilities', '--virttype', 'kvm'], doing, context).catch(() => undefined);
  if (told === undefined || process.arch !== 'x64') return told !== undefined;
  // libvirt takes any /dev/kvm for one that works; without these it does not.
  const input = await virsh.call(['capabilities'], doing, context);
  const features = await virsh.call(['cpu-baseline', '/dev/stdin', '--features'], doing, context, { input });
  return /name=['"](vmx|svm)['"]/.test(features);
}
