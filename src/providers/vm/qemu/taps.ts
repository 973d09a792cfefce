import { existsSync, readdirSync } from 'node:fs';
import { run } from '../../../os/exec.ts';
import { readKernelFile } from '../../../os/kernel-file.ts';
import type { CallContext } from '../../contract.ts';
import type { Machine } from '../machine.ts';

const INTERFACES = '/sys/class/net';

/** Written to an interface's alias: which machine it was made for. */
export const tapMark = ({ uuid }: Pick<Machine, 'uuid'>): string => `pj:${uuid}`;

/** The interfaces of a machine that are there, also those that a killed update has left and no descriptor tells of. */
export const tapsOf = (machine: Pick<Machine, 'uuid'>): string[] =>
  readdirSync(INTERFACES).filter(
    (name) => readKernelFile(`${INTERFACES}/${name}/ifalias`)?.trim() === tapMark(machine),
  );

/** It is there until somebody takes it away. */
export async function removeTap(name: string, { signal }: CallContext): Promise<void> {
  if (!existsSync(`${INTERFACES}/${name}`)) return;
  await run(['ip', 'link', 'delete', name], { timeoutMs: 10_000, signal });
}
