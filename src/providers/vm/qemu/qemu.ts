import type { VmOptions, VmRuntime } from '../runtime.ts';

/** QEMU alone: the agent runs it, and it is spoken to over QMP. */
export function qemuRuntime(_options: VmOptions): VmRuntime {
  throw new Error('being built');
}
