import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { stopAgent } from '../../src/agent/control.ts';
import { lockHolders } from '../../src/agent/single.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { Identity, WorkloadRecord } from '../../src/model/record.ts';
import type { Spec } from '../../src/model/spec.ts';
import { detectCgroups, listCgroups } from '../../src/os/cgroup.ts';
import { scanMarked, signalTree } from '../../src/os/process.ts';
import type { CallContext, Made, Provider, Target } from '../../src/providers/contract.ts';
import { nativeProvider } from '../../src/providers/native/index.ts';

/** Builds the agent, and what lies beside it, once for a test file; give the folder to `rmSync` at its end. */
export async function buildAgent(): Promise<{ dir: string; entry: string }> {
  const dir = mkdtempSync(join(tmpdir(), 'pj-agent-'));
  const src = join(import.meta.dirname, '../../src');
  await build({
    entryPoints: { agent: join(src, 'agent/main.ts'), 'vm-off': join(src, 'providers/vm/qemu/power-off.ts') },
    outdir: dir,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20.19',
    define: { 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
    logLevel: 'error',
  });
  return { dir, entry: join(dir, 'agent.cjs') };
}

/** A project of its own with its own runtime directory, and what tests do in it. */
export interface Ground {
  dir: string;
  lineage: string;
  env: Record<string, string>;
  context: CallContext;
  /** A provider as a new run of pj has it. */
  provider(more?: { env?: Record<string, string>; agentIdle?: number }): Provider;
  identity(id: string, generation?: number): Identity;
  target(id: string, spec: Spec, more?: Partial<Target>): Target;
  record(id: string, spec: Spec, made: Made): WorkloadRecord;
  /** Writes a Node script; gives a spec that runs it. */
  script(name: string, text: string, more?: Partial<Spec>): Spec;
  agentPid(): number | undefined;
  /** Every process that carries a mark of this project. */
  marked(): { pid: number; marker: string }[];
  cgroups(): string[];
  /** Ends the agent and everything of this project, and removes its folders. */
  clear(): Promise<void>;
}

/** `lineage`: that of the state which the test plays. */
export function ground(agentEntry: string, lineage: string = randomUUID()): Ground {
  const root = mkdtempSync(join(tmpdir(), 'pj-ground-'));
  const dir = join(root, 'project');
  const run = join(root, 'run');
  mkdirSync(dir);
  mkdirSync(run, { mode: 0o700 });
  const env = { PATH: process.env['PATH'] ?? '', HOME: root, XDG_RUNTIME_DIR: run };
  const context: CallContext = { signal: new AbortController().signal, progress: () => undefined };
  const opened: Provider[] = [];
  const identity = (id: string, generation = 1): Identity => ({ project: 'test', lineage, id, generation });
  return {
    dir,
    lineage,
    env,
    context,
    identity,
    provider(more = {}) {
      const made = nativeProvider({
        dir,
        project: 'test',
        env: { ...env, ...more.env },
        pjVersion: '0.0.0-test',
        agentEntry,
        ...(more.agentIdle === undefined ? {} : { agentIdle: more.agentIdle }),
      });
      opened.push(made);
      return made;
    },
    target: (id, spec, more = {}) => ({
      identity: identity(id),
      handle: null,
      spec,
      stored: spec,
      specDigest: createHash('sha256').update(JSON.stringify(spec)).digest('hex'),
      ...more,
    }),
    record: (id, spec, made) => ({
      id,
      kind: 'native',
      provider: 'native',
      generation: 1,
      spec,
      handle: made.handle,
      state: 'RUNNING',
      health: 'none',
      completed: false,
      desiredState: 'running',
      dependencies: [],
      lifecycle: {
        preventDestroy: false,
        createBeforeDestroy: false,
        ignoreChanges: [],
        replaceOn: [],
        rollback: false,
      },
      attributes: made.attributes,
      createdAt: new Date().toISOString(),
      updatedAt: new Date().toISOString(),
    }),
    script(name, text, more = {}) {
      const path = join(dir, name);
      writeFileSync(path, text);
      return { ...more, native: { command: process.execPath, args: [path], ...more.native } };
    },
    agentPid: () => lockHolders(join(dir, '.pj', 'agent'))[0]?.pid,
    marked: () => scanMarked(`${lineage}/`).map(({ pid, marker }) => ({ pid, marker })),
    cgroups: () => listCgroups(detectCgroups(), ['pj', lineage]),
    async clear() {
      for (const one of opened) await one.close?.().catch(() => undefined);
      const pid = lockHolders(join(dir, '.pj', 'agent'))[0]?.pid;
      try {
        await stopAgent({ project: dir, env, version: '0.0.0-test' });
      } catch {
        if (pid !== undefined) killNow(pid);
      }
      for (const { marker } of scanMarked(`${lineage}/`)) signalTree({ marker }, 'SIGKILL');
      const host = detectCgroups();
      const { openCgroup } = await import('../../src/os/cgroup.ts');
      for (const name of listCgroups(host, ['pj', lineage])) {
        await openCgroup(host, ['pj', lineage, name]).killAndRemove();
      }
      // An agent that lost a race may come up in this very moment, and write into what is being removed.
      for (let attempt = 0; ; attempt++) {
        try {
          rmSync(root, { recursive: true, force: true });
          return;
        } catch (error) {
          if (attempt === 50) throw error;
          for (const late of lockHolders(join(dir, '.pj', 'agent'))) killNow(late.pid);
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      }
    },
  };
}

/** SIGKILL to a process of the test's own; gone already is fine. */
export function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** Looks every few ms until `look` gives something; throws `what` after the deadline. */
export async function eventually<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  ms = 30_000,
): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`waited ${ms} ms in vain: ${what}`);
    await sleep(15);
  }
}

/** The whole content of a log of a workload. */
export function logOf(dir: string, id: string, stream: 'out' | 'err' = 'out'): string {
  try {
    return readFileSync(join(dir, '.pj', 'logs', `${id}.${stream}.log`), 'utf8');
  } catch {
    return '';
  }
}

export const randomName = (prefix: string): string => `${prefix}-${randomBytes(4).toString('hex')}`;

export const pidOf = (attributes: JsonObject): number => {
  const { pid } = attributes;
  if (typeof pid !== 'number') throw new Error(`no pid in ${JSON.stringify(attributes)}`);
  return pid;
};
