import type { VmOptions, VmRuntime } from '../runtime.ts';

/** libvirt, through virsh. */
export function libvirtRuntime(_options: VmOptions): VmRuntime {
  throw new Error('being built');
}
