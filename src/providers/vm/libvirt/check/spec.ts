import type { Workload } from '../../../../model/workload.ts';
import type { Tell } from './check.ts';

/** What makes no sense, or what nobody could keep, wherever libvirt is. */
export function specFindings({ spec, desiredState }: Workload, error: Tell, warning: Tell): void {
  const { vm = {}, env = {}, volumes = [] } = spec;
  if (Object.keys(env).length > 0) error('/env', 'a machine has no environment', 'Use `vm.cloudInit` or `vm.cmdline`.');
  if (volumes.length > 0) error('/volumes', 'a machine has disks, no volumes', 'Use `vm.disks`.');
  if (spec.resources?.maxProcesses !== undefined || spec.resources?.maxThreads !== undefined)
    error('/resources', 'pj cannot count the processes in a guest', 'Take `maxProcesses` and `maxThreads` away.');
  if (vm.graphics?.password !== undefined)
    error('/vm/graphics/password', 'libvirt would write it into its files', 'Take it away; listen on 127.0.0.1 only.');
  if (vm.host !== undefined && vm.uri !== undefined)
    error('/vm/uri', '`vm.host` says the connection already', 'Take one of the two away.');
  if (vm.runStrategy === 'halted' && desiredState !== 'stopped')
    error('/vm/runStrategy', 'a machine that is kept off cannot be wanted running', 'Say desiredState: stopped.');
  if (vm.runStrategy === 'always')
    warning('/vm/runStrategy', 'libvirt starts no guest again that switched itself off', 'The next `pj apply` does.');
  if (vm.serial === false && spec.healthCheck?.type === 'log')
    error('/healthCheck/type', 'without a serial console there is no log', 'Take `serial: false` away.');
  if (vm.guestAgent !== true && ['exec', 'engine'].includes(spec.healthCheck?.type ?? ''))
    error('/healthCheck/type', 'it asks the guest agent', 'Say vm.guestAgent: true, and install it in the guest.');
  if (vm.kernel === undefined && (vm.initrd !== undefined || vm.cmdline !== undefined))
    error('/vm/kernel', '`initrd` and `cmdline` go with a kernel', 'Name the `kernel`.');
  for (const [i, { bus }] of (vm.disks ?? []).entries())
    if (bus === 'ide' && (vm.machine ?? 'q35').includes('q35'))
      error(`/vm/disks/${i}/bus`, 'the machine q35 has no IDE', 'Use sata or virtio, or `machine: pc`.');
}
