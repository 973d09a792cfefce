import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { VmSpec } from '../../../../src/model/vm-spec.ts';
import { run } from '../../../../src/os/exec.ts';
import type { CallContext } from '../../../../src/providers/contract.ts';
import { openDisks } from '../../../../src/providers/vm/disks/disks.ts';
import { type Machine, machineOf } from '../../../../src/providers/vm/machine.ts';

export const MIB = 2 ** 20;

/** A project folder with disks, which libvirt's user may pass. */
export interface DiskGround {
  dir: string;
  disks: ReturnType<typeof openDisks>;
  context: CallContext;
  machine(vm: VmSpec, id?: string): Machine;
  qemuImg(...args: string[]): Promise<string>;
  close(): void;
}

export function diskGround(): DiskGround {
  const dir = mkdtempSync(join(tmpdir(), 'pj-disks-'));
  chmodSync(dir, 0o711);
  const context = { signal: new AbortController().signal, progress: () => undefined };
  return {
    dir,
    context,
    disks: openDisks({ dir, local: true }),
    machine: (vm, id = 'db') => machineOf({ project: 'p', lineage: 'l', id, generation: 1 }, { vm }, dir),
    async qemuImg(...args) {
      const { code, stdout, stderr } = await run(['qemu-img', ...args], { timeoutMs: 60_000, cwd: dir });
      if (code !== 0) throw new Error(stderr);
      return stdout;
    },
    close: () => rmSync(dir, { recursive: true, force: true }),
  };
}
