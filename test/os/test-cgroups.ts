import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type Cgroup, type CgroupHost, detectCgroups, type LimitedResource, openCgroup } from '../../src/os/cgroup.ts';
import { buildLaunch, type LaunchRequest } from '../../src/os/sandbox.ts';

/** True where this host lets the tests hold these limits for real. */
export function canHold(host: CgroupHost, ...resources: LimitedResource[]): boolean {
  return host.writable && resources.every((resource) => host.controllers.has(resource));
}

/** Groups and processes of one test, all gone after `clear`. */
export class Playground {
  readonly host = detectCgroups();
  private readonly groups: Cgroup[] = [];
  private readonly children: ChildProcess[] = [];

  /** A group of its own; nothing of it is made yet. */
  group(host: CgroupHost = this.host): Cgroup {
    const cgroup = openCgroup(host, [`pj-test-${randomBytes(6).toString('hex')}`, 'work', 'load.1']);
    this.groups.push(cgroup);
    return cgroup;
  }

  /** Starts a program the way the agent does. */
  launch(request: Partial<LaunchRequest> & { command: string }, env: Record<string, string> = {}): ChildProcess {
    const { argv } = buildLaunch({ args: [], cgroupProcs: [], workdir: '/', ...request });
    return this.spawn(argv, env);
  }

  spawn(argv: readonly string[], env: Record<string, string> = {}): ChildProcess {
    const child = spawn(argv[0] ?? '', argv.slice(1), {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'] ?? '', ...env },
    });
    this.children.push(child);
    return child;
  }

  async clear(): Promise<void> {
    for (const child of this.children) {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) continue;
      const exited = once(child, 'exit');
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        child.kill('SIGKILL');
      }
      await exited;
    }
    for (const group of this.groups) await group.killAndRemove();
  }
}

/** Exit code, signal and output of a process that ends. */
export async function result(
  child: ChildProcess,
): Promise<{ code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string }> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, stdout, stderr };
}

/** Polls until it is true; fails after 10 s and says what it waited for. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited 30 s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
