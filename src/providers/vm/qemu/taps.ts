import { existsSync, readdirSync } from 'node:fs';
import { run } from '../../../os/exec.ts';
import { readKernelFile } from '../../../os/kernel-file.ts';
import type { CallContext } from '../../contract.ts';
import type { Machine, MachineCard } from '../machine.ts';
import { tapMark, tapName } from './card-devices.ts';
import { unchanged } from './hot-plug.ts';

const INTERFACES = '/sys/class/net';

/** Makes the interface of this host that a card on a bridge is the other end of, and puts it there. Throws PJ5510. */
export async function makeTap(
  { id, machine, context }: { id: string; machine: Machine; context: CallContext },
  card: MachineCard,
): Promise<void> {
  const name = tapName(card);
  // One without a mark is what a kill has left of this.
  if ([tapMark(machine), ''].includes(aliasOf(name) ?? '')) await removeTap(name, context);
  for (const args of [
    ['tuntap', 'add', 'dev', name, 'mode', 'tap'],
    ['link', 'set', 'dev', name, 'alias', tapMark(machine)],
    ['link', 'set', 'dev', name, 'master', card.bridge ?? '', 'up'],
  ]) {
    const done = await run(['ip', ...args], { timeoutMs: 10_000, signal: context.signal });
    if (done.code !== 0) throw unchanged(id, `ip ${args.join(' ')}: ${done.stderr.trim()}`);
  }
}

/** The interfaces of a machine that are there, also those that a killed update has left and no descriptor tells of. */
export const tapsOf = (machine: Pick<Machine, 'uuid'>): string[] =>
  readdirSync(INTERFACES).filter((name) => aliasOf(name) === tapMark(machine));

const aliasOf = (name: string): string | undefined => readKernelFile(`${INTERFACES}/${name}/ifalias`)?.trim();

/** It is there until somebody takes it away. */
export async function removeTap(name: string, { signal }: CallContext): Promise<void> {
  if (!existsSync(`${INTERFACES}/${name}`)) return;
  await run(['ip', 'link', 'delete', name], { timeoutMs: 10_000, signal });
}
