import { existsSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import type { Json } from '../../../model/json.ts';
import { type Spec, staysEnded } from '../../../model/spec.ts';
import { isLeaf, isSensitive, isTemplate, isUnknown, leavesOf } from '../../../model/template.ts';
import type { VmSpec } from '../../../model/vm-spec.ts';
import type { Workload } from '../../../model/workload.ts';
import { pathIn } from '../machine.ts';
import { machineType } from './argv.ts';
import { driveProblems, screenProblems } from './check-devices.ts';
import type { Qemu } from './engine.ts';
import { findFirmware } from './firmware.ts';
import { at, type Tell } from './tell.ts';

const LIBVIRT = 'Take it away, or use libvirt (`vm.runtime: libvirt`).';

/** What QEMU alone cannot do for a machine, cards and disks aside. */
export function machineProblems({ spec, desiredState }: Workload, here: { qemu: Qemu; dir: string }, tell: Tell): void {
  const { vm = {} } = spec;
  unknownToQemu(spec, tell);
  secretsInTheOpen(vm, tell);
  sizes(vm, tell);
  board(spec, here.qemu, tell);
  screenProblems(vm, tell);
  files(vm, here.dir, tell);
  if (vm.runStrategy === 'halted' && desiredState !== 'stopped')
    tell(at('runStrategy'), 'a halted machine is kept off, but is to run', 'Say `desiredState: stopped` too.');
  const { type } = spec.healthCheck ?? {};
  if ((type === 'exec' || type === 'engine') && vm.guestAgent !== true)
    tell('/healthCheck/type', `a check of type ${type} asks the guest agent`, 'Say `vm.guestAgent: true`.');
}

/** Keys that libvirt has something for. */
function unknownToQemu({ vm = {}, security }: Spec, tell: Tell): void {
  const no = (key: keyof VmSpec, what: string): void => {
    const value = vm[key];
    if (value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0))
      tell(at(key), what, LIBVIRT);
  };
  no('uri', 'QEMU alone has no connections');
  no('host', 'QEMU alone runs on this host only');
  no('firewall', 'pj filters no traffic for QEMU alone');
  no('gpu', 'pj hands no devices of the host to QEMU alone');
  no('autostart', 'nobody starts it with the host: the agent is what starts it');
  if (security?.['seLabel'] !== undefined) tell('/security/seLabel', 'pj labels no processes of QEMU alone', LIBVIRT);
  if (security?.['apparmor'] === true) tell('/security/apparmor', 'pj has no profile for QEMU alone', LIBVIRT);
}

/** All but these would stand in the command line. */
function secretsInTheOpen({ disks, graphics, cloudInit: _, ...vm }: VmSpec, tell: Tell): void {
  const { password: __, ...screen } = graphics ?? { type: 'none' };
  const open: Record<string, unknown> = {
    ...vm,
    graphics: screen,
    disks: disks?.map(({ encryption: ___, ...disk }) => disk),
  };
  for (const [key, value] of Object.entries(open))
    if (leavesOf(value as Json).some(isSecret))
      tell(at(key), 'a sensitive value would stand in the command line of QEMU', 'Let the guest fetch it itself.');
}

const isSecret = (leaf: unknown): boolean =>
  isSensitive(leaf) || (isTemplate(leaf) && leaf.$template.sensitive) || (isUnknown(leaf) && leaf.$unknown.sensitive);

function sizes({ vcpu, maxVcpu, memory, maxMemory }: VmSpec, tell: Tell): void {
  if (typeof vcpu === 'number' && typeof maxVcpu === 'number' && maxVcpu < vcpu)
    tell(at('maxVcpu'), `it is less than vcpu (${vcpu})`, 'Raise it, or take it away.');
  if (typeof memory === 'number' && typeof maxMemory === 'number' && maxMemory < memory)
    tell(at('maxMemory'), 'it is less than memory', 'Raise it, or take it away.');
  if (typeof vcpu === 'number' && vcpu > availableParallelism())
    tell(at('vcpu'), `this host has ${availableParallelism()} processors only`, 'Give it fewer.', 'warning');
  if (typeof memory === 'number' && memory > totalmem())
    tell(at('memory'), 'it is more than this host has', 'Give it less.', 'warning');
}

function board(spec: Spec, { kvm }: Qemu, tell: Tell): void {
  const { vm = {} } = spec;
  if (vm.arch !== undefined && !isLeaf(vm.arch) && vm.arch !== 'x86_64')
    tell(at('arch'), `pj runs only x86_64 on QEMU alone, not ${vm.arch}`, LIBVIRT);
  const type = machineType(spec);
  if (isLeaf(type)) return;
  if (!/^(q35|pc)(-|$)/.test(type)) tell(at('machine'), `pj does not know machines of type ${type}`, 'Use q35 or pc.');
  const pcie = /^(q35|pc-q35)/.test(type);
  driveProblems(vm, pcie, tell);
  if (vm.firmware === 'uefi' && findFirmware() === undefined)
    tell(at('firmware'), 'there is no UEFI firmware on this host', 'Install it: apt-get install ovmf');
  if (vm.cpuModel === 'host-passthrough' && !kvm.usable)
    tell(
      at('cpuModel'),
      `the processor is emulated here: ${kvm.reason}`,
      'It gets all that QEMU can emulate.',
      'warning',
    );
  if (staysEnded(spec) && spec.restart?.policy !== undefined && spec.restart.policy !== 'no')
    tell(
      '/restart/policy',
      'a machine of this `runStrategy` is not started again',
      'Take one of the two away.',
      'warning',
    );
}

function files(vm: VmSpec, dir: string, tell: Tell): void {
  for (const key of ['kernel', 'initrd', 'cdrom'] as const) {
    const path: unknown = vm[key];
    if (typeof path === 'string' && !existsSync(pathIn(dir, path)))
      tell(at(key), `${path} is not there`, 'Correct its path; it is relative to the project.');
  }
  if (vm.kernel === undefined && (vm.initrd !== undefined || vm.cmdline !== undefined))
    tell(
      at(vm.initrd === undefined ? 'cmdline' : 'initrd'),
      'it is for a kernel, and there is none',
      'Give a `kernel`.',
    );
}
