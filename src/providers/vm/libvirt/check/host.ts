import { existsSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Pointer } from '../../../../model/json.ts';
import { kernelHas } from '../../../../os/kernel-config.ts';
import { detectKvm } from '../../../../os/kvm.ts';
import { resolveCommand } from '../../../../os/tools.ts';
import { closedFolder, guestUser } from '../../disks/passable.ts';
import { pathIn } from '../../machine.ts';
import { hasAppArmor } from '../domain/input.ts';
import { pciAddress } from '../xml/devices.ts';
import type { Checking } from './check.ts';

const SBIN = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What this host does not have; another one is not looked into. */
export async function hostFindings(checking: Checking): Promise<void> {
  const { virsh, workload, dir, error } = checking;
  const { spec } = workload;
  const { vm = {}, security } = spec;
  if (!virsh.local) {
    if (vm.cloudInit !== undefined)
      error(
        '/vm/cloudInit',
        `pj makes its seed here, and ${virsh.uri} is another host`,
        'Put the seed there as `cdrom`.',
      );
    return;
  }
  for (const key of ['kernel', 'initrd', 'cdrom'] as const) {
    // A template may stand there.
    const path: unknown = vm[key];
    if (typeof path !== 'string') continue;
    if (existsSync(pathIn(dir, path))) await passable(checking, pathIn(dir, path), `/vm/${key}`);
    else error(`/vm/${key}`, `${path} is not there`, 'Correct its path; it is relative to the project.');
  }
  if (vm.cloudInit !== undefined) await passable(checking, join(dir, '.pj'), '/vm/cloudInit');
  if (security?.['seLabel'] !== undefined && !existsSync('/sys/fs/selinux'))
    error('/security/seLabel', 'the kernel of this host has no SELinux', 'Take it away.');
  if (security?.['apparmor'] === true && !hasAppArmor())
    error('/security/apparmor', 'this host has no AppArmor, or it is off', 'Take it away.');
  if ((vm.firewall ?? []).length > 0 && resolveCommand('ebtables', { cwd: '/', path: SBIN }).path === undefined)
    error('/vm/firewall', 'libvirt filters with ebtables, which is not there', 'Install it: apt-get install ebtables');
  if (vm.cpuModel?.startsWith('host-') === true && !detectKvm().usable)
    error('/vm/cpuModel', 'an emulated guest cannot have the processor of the host', 'Use `max`, or take it away.');
  for (const [i, { inboundKbps, outboundKbps }] of (vm.networks ?? []).entries()) {
    if ((inboundKbps ?? outboundKbps) === undefined) continue;
    // As libvirt sets them up; without a part the guest would not start.
    const absent = ['NET_SCH_HTB', 'NET_SCH_SFQ', 'NET_SCH_INGRESS'].find((part) => kernelHas(part) === false);
    if (absent !== undefined)
      error(`/vm/networks/${i}`, `the kernel of this host cannot limit it (no ${absent})`, 'Take its limits away.');
  }
  for (const [i, address] of (vm.gpu ?? []).entries()) {
    const [problem, hint] = passthrough(address, vm.gpu ?? []) ?? [];
    if (problem !== undefined) error(`/vm/gpu/${i}`, problem, hint ?? '');
  }
}

/** The guest's user has to get to what it boots from. */
async function passable({ virsh, error, context }: Checking, file: string, path: Pointer): Promise<void> {
  const user = guestUser(virsh);
  const folder = user === undefined ? undefined : await closedFolder(realOf(file), user, context);
  if (user !== undefined && folder !== undefined)
    error(path, `${user.name}, whom libvirt runs guests as, cannot pass ${folder}`, `Let it: chmod o+x ${folder}`);
}

const realOf = (file: string): string => (existsSync(file) ? realpathSync(file) : file);

const DEVICES = '/sys/bus/pci/devices';

/** As the kernel names it; undefined where it is no PCI address. */
const nameOf = (address: string): string | undefined => {
  const [domain, bus, slot, fn] = pciAddress(address) ?? [];
  return domain === undefined ? undefined : `${domain}:${bus}:${slot}.${fn}`;
};

/** A device goes to a guest with its whole IOMMU group. Gives what stands against it, and what to do. */
function passthrough(address: string, all: readonly string[]): [problem: string, hint: string] | undefined {
  const name = nameOf(address);
  if (name === undefined) return [`${address} is no PCI address`, 'Write it as lspci -D does: 0000:01:00.0'];
  if (!existsSync(join(DEVICES, name))) return [`this host has no PCI device ${address}`, 'See lspci -D.'];
  const group = join(DEVICES, name, 'iommu_group');
  if (!existsSync(group))
    return ['this host has no IOMMU, or it is off', 'Switch it on: in its firmware, and intel_iommu=on.'];
  const named = new Set(all.map(nameOf));
  const others = readdirSync(join(group, 'devices')).filter((one) => !named.has(one) && !isFree(one));
  if (others.length > 0)
    return [
      `${others.join(', ')} of its IOMMU group are in use by the host`,
      'Bind them to vfio-pci, or name them too.',
    ];
  if (kernelHas('VFIO_PCI') === false) return ['the kernel of this host has no vfio-pci', 'Use one that has it.'];
  return undefined;
}

/** Bridges stay with the host. */
function isFree(name: string): boolean {
  const driver = join(DEVICES, name, 'driver');
  return !existsSync(driver) || ['vfio-pci', 'pcieport'].includes(basename(readlinkSync(driver)));
}
