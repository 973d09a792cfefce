import { readKernelFile } from './kernel-file.ts';

/** The kernel's capabilities in the order of their numbers (linux/capability.h). */
const CAPABILITIES: readonly string[] = (
  'chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service ' +
  'net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin ' +
  'sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override ' +
  'mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore'
).split(' ');

/** `CAP_NET_RAW`, `NET_RAW` and `net_raw` as setpriv writes it: `net_raw`. Undefined: there is no such capability. */
export function capabilityName(written: string): string | undefined {
  const name = written.toLowerCase().replace(/^cap_/, '');
  return CAPABILITIES.includes(name) ? name : undefined;
}

/** The capabilities in one of this process's sets: effective (what it may do) or bounding (what it could ever pass on). */
export function ownCapabilities(set: 'effective' | 'bounding'): Set<string> {
  const label = set === 'effective' ? 'CapEff' : 'CapBnd';
  const hex = new RegExp(`^${label}:\\s*([0-9a-f]+)`, 'm').exec(readKernelFile('/proc/self/status') ?? '')?.[1];
  const mask = BigInt(`0x${hex ?? '0'}`);
  return new Set(CAPABILITIES.filter((_, number) => (mask & (1n << BigInt(number))) !== 0n));
}
