import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { defaultAgentEntry } from '../../../agent/entry-path.ts';
import { baseEnvironment } from '../../../agent/environment.ts';
import { run } from '../../../os/exec.ts';
import { detectKvm, type Kvm } from '../../../os/kvm.ts';
import { resolveCommand } from '../../../os/tools.ts';
import type { CallContext, Unusable } from '../../contract.ts';
import type { VmOptions } from '../runtime.ts';

/** QEMU on this host. */
export interface Qemu {
  /** Absolute path of the emulator. */
  command: string;
  /** `7.2.22`. */
  version: string;
  kvm: Kvm;
  /** Absolute path of the program that asks a guest to switch itself off (power-off.ts). */
  powerOff: string;
}

const EMULATOR = 'qemu-system-x86_64';
const PACKAGES = 'apt-get install qemu-system-x86 qemu-utils';

/** Looks for QEMU in PATH; a reason and what to do about it where it cannot be used. */
export async function findQemu({ dir, env }: VmOptions, { signal }: CallContext): Promise<Qemu | Unusable> {
  const unusable = (reason: string): Unusable => ({
    usable: false,
    engine: 'qemu',
    reason,
    install: `Install it: ${PACKAGES}`,
  });
  const path = baseEnvironment(env)['PATH'] ?? '';
  const emulator = resolveCommand(EMULATOR, { cwd: dir, path });
  if (emulator.path === undefined) return unusable(`${EMULATOR} is not there`);
  const images = resolveCommand('qemu-img', { cwd: dir, path });
  if (images.path === undefined) return unusable('qemu-img is not there (package qemu-utils)');
  const told = await run([emulator.path, '--version'], { timeoutMs: 10_000, signal });
  const version = /version (\d+\.\d+\.\d+)/.exec(told.stdout)?.[1];
  if (version === undefined) return unusable(`${emulator.path} tells no version`);
  if (Number.parseFloat(version) < 6.2) return unusable(`QEMU ${version} is too old: 6.2 is needed`);
  return { command: emulator.path, version, kvm: detectKvm(), powerOff: powerOffEntry(env) };
}

/** Beside the agent's program, as it is the agent that runs it. */
function powerOffEntry(env: VmOptions['env']): string {
  const own = join(dirname(env['PJ_AGENT_ENTRY'] ?? defaultAgentEntry()), 'vm-off.cjs');
  return existsSync(own) ? own : join(dirname(defaultAgentEntry()), 'vm-off.cjs');
}

/** What the processor of a machine is run by. */
export const accelOf = ({ kvm }: Qemu): 'kvm' | 'tcg' => (kvm.usable ? 'kvm' : 'tcg');
