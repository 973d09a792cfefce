import type { Spec } from '../../../../src/model/spec.ts';
import type { VmSpec } from '../../../../src/model/vm-spec.ts';
import type { Provider } from '../../../../src/providers/contract.ts';
import { vmProvider } from '../../../../src/providers/vm/index.ts';
import { type Ground, ground } from '../../../agent/ground.ts';
import type { Engines } from '../../../engines/record.ts';

/** A project with machines on QEMU, whose agent is the test's own. */
export interface QemuGround extends Ground {
  machines(): Provider;
}

export function qemuGround(agentEntry: string, lineage?: string): QemuGround {
  const here = ground(agentEntry, lineage);
  const env = { ...here.env, PJ_AGENT_ENTRY: agentEntry };
  const opened: Provider[] = [];
  return {
    ...here,
    machines() {
      const provider = vmProvider({ dir: here.dir, project: 'test', env, pjVersion: '0.0.0-test' });
      opened.push(provider);
      return provider;
    },
    async clear() {
      for (const one of opened) await one.close?.().catch(() => undefined);
      await here.clear();
    },
  };
}

export const MIB = 1024 * 1024;

/** The tiny guest. */
export const guestSpec = ({ kernel, initrd, commandLine }: Engines['guest'], vm: VmSpec): Spec => ({
  restart: { delay: 0.1 },
  vm: { runtime: 'qemu', memory: 128 * MIB, kernel, initrd, cmdline: commandLine, ...vm },
});
