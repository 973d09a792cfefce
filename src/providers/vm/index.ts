import type { Provider } from '../contract.ts';
import { classifyVm, lostDisks } from './classify.ts';
import { vmProviderOver } from './provider.ts';
import type { VmOptions } from './runtime.ts';
import { openRuntimes } from './runtimes.ts';

/** Virtual machines, on libvirt or on QEMU alone. */
export function vmProvider(options: VmOptions): Provider {
  return vmProviderOver(
    openRuntimes(options),
    {
      capabilities: {
        pause: true,
        logs: true,
        exec: true,
        import: true,
        // Two machines on one disk would ruin it.
        sideBySide: false,
        orphans: true,
      },
      classify: classifyVm,
      dataIn: (spec, { destroyVolumes }) => (destroyVolumes ? lostDisks(spec) : []),
    },
    options.project,
  );
}
