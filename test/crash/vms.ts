import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { runTool } from '../engines/guest/run-tool.ts';
import type { Scratch } from '../support/pj.ts';

/** What of a machine is there, outside of the project's folder; each as text. */
export interface Engine {
  /** The machines that run: one line for each. */
  running(scratch: Scratch): Promise<string[]>;
  /** What a destroy has to take away. */
  left(scratch: Scratch): Promise<string[]>;
}

/** Disks that pj makes, in the order of the descriptor, and one that it only uses. */
const MADE = ['disks/root.qcow2', 'data.qcow2', 'locked.qcow2'];
export const STRANGER = 'stranger.raw';
const PASSPHRASE = 'PJ_VAR_pass';
const MARK = '0x5a';

/**
 * A machine with a disk over a base image, one of its own, one that is encrypted and one that is a stranger's, a seed, and what `vm` says more;
 * and a process that depends on it. No guest boots: there is nothing to boot from. `size` grows the disk and changes what else is changed live.
 */
export const project = (name: string, vm: string) => ({
  'pj.yaml': `name: ${name}
variables:
  size: { type: string, default: 8MiB }
  port: { type: number, default: 1 }
  pass: { type: string, sensitive: true }
`,
  'all.yaml': `applicationId: db
vm:
  memory: 64MiB
  disks:
    - { path: ${MADE[0]}, baseImage: base.qcow2 }
    - { path: ${MADE[1]}, size: "\${var.size}" }
    - { path: ${MADE[2]}, size: 4MiB, encryption: { passphrase: "\${var.pass}" } }
    - { path: ${STRANGER}, format: raw }
  cloudInit: { userData: "#cloud-config\\n" }
${vm}
stop: { gracePeriod: 0 }
restart: { policy: "no" }
---
applicationId: app
dependencies: [db]
native: { command: /bin/sleep, args: ["100000"] }
stop: { signal: SIGKILL }
`,
});

export const APPLY = ['apply', '--auto-approve', '--lock-timeout=20s'];
export const DESTROY = ['destroy', '--auto-approve', '--lock-timeout=20s'];
export const DESTROY_ALL = [...DESTROY, '--destroy-volumes', '--allow-data-loss'];
/** The environment of a live update. */
export const LARGER = { PJ_VAR_size: '16MiB', PJ_VAR_port: '2' };

const tool = (command: string, ...args: string[]): Promise<string> =>
  runTool(command, args, '/', 30_000, { LC_ALL: 'C' });

/** Lays out what the project takes as given. */
export async function furnish(scratch: Scratch): Promise<void> {
  // The users of the engines pass through it.
  chmodSync(scratch.dir, 0o711);
  scratch.env = { ...scratch.env, [PASSPHRASE]: 'a passphrase of the crash test' };
  await tool('qemu-img', 'create', '-q', '-f', 'qcow2', join(scratch.dir, 'base.qcow2'), '4M');
  await tool('qemu-img', 'create', '-q', '-f', 'raw', join(scratch.dir, STRANGER), '1M');
}

/** What tells that a disk is still the very same file. */
export function disksOf({ dir }: Scratch): Record<string, string> {
  const there = [...MADE, STRANGER].filter((name) => existsSync(join(dir, name)));
  return Object.fromEntries(
    there.map((name) => {
      const { dev, ino, birthtimeNs } = statSync(join(dir, name), { bigint: true });
      return [name, `${dev}:${ino}@${birthtimeNs}`];
    }),
  );
}

/** Writes what no guest would into the disks of a machine that is off. */
export async function mark({ dir }: Scratch): Promise<void> {
  for (const name of [MADE[0], MADE[1]])
    await tool('qemu-io', '-f', 'qcow2', '-c', `write -P ${MARK} 64k 64k`, join(dir, name ?? ''));
}

/** Throws where one has not what was written. */
export async function stillMarked({ dir }: Scratch, context: string): Promise<void> {
  for (const name of [MADE[0], MADE[1]]) {
    const said = await tool(
      'qemu-io',
      '-r',
      '-U',
      '-f',
      'qcow2',
      '-c',
      `read -P ${MARK} 64k 64k`,
      join(dir, name ?? ''),
    );
    expect([context, name, said]).not.toEqual([context, name, expect.stringContaining('failed')]);
  }
}

/** The content of a file. */
export const contentOf = ({ dir }: Scratch, name: string): string =>
  createHash('sha256')
    .update(readFileSync(join(dir, name)))
    .digest('hex');

/** Files that a killed run leaves half-way, and entries of the ledger that are not whole. */
function halfMade(scratch: Scratch): string[] {
  const vms = join(scratch.dir, '.pj', 'vms');
  const all = existsSync(vms) ? readdirSync(vms, { recursive: true, encoding: 'utf8' }) : [];
  const entries = all.filter((name) => /^disks\/[0-9a-f]+\.json$/.test(name));
  return [
    ...['.', 'disks'].flatMap((folder) =>
      (existsSync(join(scratch.dir, folder)) ? readdirSync(join(scratch.dir, folder)) : [])
        .filter((name) => /^\..*\.(pj|tmp)$/.test(name))
        .map((name) => join(folder, name)),
    ),
    ...all.filter((name) => /\.(tmp|pj|making|iso\.tmp)$|seed\.making/.test(name)),
    ...entries.filter((name) => {
      const entry = JSON.parse(readFileSync(join(vms, name), 'utf8')) as { unfinished?: string; mark?: string };
      return entry.unfinished !== undefined || entry.mark === undefined;
    }),
  ];
}

/** Throws unless the next apply converges, and there is just what there should be: nothing lost, orphaned or doubled. */
export async function converges(scratch: Scratch, engine: Engine, context: string, env = {}): Promise<void> {
  const applied = await scratch.pj(APPLY, env);
  if (applied.code !== 0)
    throw new Error(`${context}: the next apply exited ${applied.code}\n${applied.stdout}\n${applied.stderr}`);
  const plan = await scratch.pj(['plan', '--detailed-exitcode'], env);
  if (plan.code !== 0 || plan.stdout.includes('Orphans'))
    throw new Error(`${context}: the plan after that exited ${plan.code}\n${plan.stdout}\n${plan.stderr}`);
  expect([context, await engine.running(scratch)]).toEqual([context, ['db']]);
  expect([context, scratch.processes().filter(({ id }) => id === 'app').length]).toEqual([context, 1]);
  expect([context, halfMade(scratch)]).toEqual([context, []]);
  expect([context, Object.keys(disksOf(scratch))]).toEqual([context, [...MADE, STRANGER]]);
}

/** Throws unless the next destroy leaves nothing but disks: all of them, or where they are to go those that pj has not made. */
export async function leavesNothing(
  scratch: Scratch,
  engine: Engine,
  context: string,
  { disks, args = DESTROY }: { disks?: Record<string, string>; args?: string[] },
): Promise<void> {
  const gone = await scratch.pj(args);
  if (gone.code !== 0)
    throw new Error(`${context}: the next destroy exited ${gone.code}\n${gone.stdout}\n${gone.stderr}`);
  // Killed before there was a state.
  if (existsSync(join(scratch.dir, '.pj/state.json'))) {
    const state = JSON.parse(scratch.read('.pj/state.json')) as { workloads?: object };
    expect([context, Object.keys(state.workloads ?? {})]).toEqual([context, []]);
  }
  const vms = join(scratch.dir, '.pj', 'vms');
  const folders = existsSync(vms) ? readdirSync(vms).filter((name) => name !== 'disks') : [];
  expect([context, await engine.left(scratch), scratch.processes(), scratch.cgroups(), folders]).toEqual([
    context,
    [],
    [],
    [],
    [],
  ]);
  expect([context, halfMade(scratch)]).toEqual([context, []]);
  if (disks !== undefined) expect([context, disksOf(scratch)]).toEqual([context, disks]);
}

/** The disks that stay when those that pj made go too. */
export const strangersOf = (scratch: Scratch): Record<string, string> =>
  Object.fromEntries(Object.entries(disksOf(scratch)).filter(([name]) => name === STRANGER));
