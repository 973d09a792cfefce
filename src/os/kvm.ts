import { closeSync, constants, existsSync, openSync } from 'node:fs';
import { errno, readKernelFile } from './kernel-file.ts';

/** Whether this host runs guests in hardware; else why it does not, for people. */
export type Kvm = { usable: true } | { usable: false; reason: string };

/**
 * Looks whether KVM can be used. That /dev/kvm opens says too little: a KVM in software is there without the processor's help, takes every call, and
 * hangs on a guest of 64 bits.
 */
export function detectKvm(): Kvm {
  try {
    closeSync(openSync('/dev/kvm', constants.O_RDWR));
  } catch (thrown) {
    const code = errno(thrown);
    if (code === undefined) throw thrown;
    const reason = code === 'EACCES' ? 'this user may not open /dev/kvm (group kvm)' : 'there is no /dev/kvm';
    return { usable: false, reason };
  }
  const modules = ['kvm_intel', 'kvm_amd'].some((name) => existsSync(`/sys/module/${name}`));
  const flags = /^flags\s*:.*\b(vmx|svm)\b/m.test(readKernelFile('/proc/cpuinfo') ?? '');
  if (modules || flags) return { usable: true };
  return { usable: false, reason: '/dev/kvm is there, but the processor has no virtualization behind it' };
}
