import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
/** The launcher, as a user starts it. `npm ci` has built what it loads. */
export const PJ = join(root, 'bin/pj.js');
export const EXAMPLES = join(root, 'examples');

export interface Ran {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A project in a scratch directory of its own, with a runtime directory of its own, so that any number run at once. */
export class Scratch {
  readonly dir: string;
  readonly runtime: string;
  env: Record<string, string>;

  constructor(files: Record<string, string> = {}) {
    this.dir = mkdtempSync(join(tmpdir(), 'pj-test-'));
    this.runtime = mkdtempSync(join(tmpdir(), 'pj-run-'));
    this.env = { XDG_RUNTIME_DIR: this.runtime };
    this.write(files);
  }

  /** A copy of an example. */
  static example(name: string): Scratch {
    const scratch = new Scratch();
    cpSync(join(EXAMPLES, name), scratch.dir, { recursive: true, filter: (from) => !from.endsWith('/.pj') });
    return scratch;
  }

  write(files: Record<string, string>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.dir, name)), { recursive: true });
      writeFileSync(join(this.dir, name), text);
    }
  }

  read(name: string): string {
    return readFileSync(join(this.dir, name), 'utf8');
  }

  /** Starts pj here; `printed`, `complained`: what it has written to stdout and stderr so far. Give `killAfterMs` to kill it with SIGKILL then. */
  start(
    args: string[],
    env: Record<string, string> = {},
  ): { pid: number; done: Promise<Ran>; kill(signal: NodeJS.Signals): void; printed(): string; complained(): string } {
    const child = spawn(process.execPath, [PJ, ...args], {
      cwd: this.dir,
      env: { ...cleanEnvironment(), ...this.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data) => (stdout += data));
    child.stderr.on('data', (data) => (stderr += data));
    const done = new Promise<Ran>((finish, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => finish({ code, signal, stdout, stderr }));
    });
    return {
      pid: child.pid ?? 0,
      done,
      kill: (signal) => void child.kill(signal),
      printed: () => stdout,
      complained: () => stderr,
    };
  }

  pj(args: string[], env: Record<string, string> = {}): Promise<Ran> {
    return this.start(args, env).done;
  }

  /** Like pj, but an exit code other than the one expected is an error that shows what was printed. */
  async ok(args: string[], env: Record<string, string> = {}, code = 0): Promise<Ran> {
    const ran = await this.pj(args, env);
    if (ran.code !== code) {
      throw new Error(
        `pj ${args.join(' ')} exited ${ran.code ?? ran.signal}, not ${code}\n${ran.stderr}\n${ran.stdout}`,
      );
    }
    return ran;
  }

  /** The lineage of this project's state, or undefined while there is none. */
  lineage(): string | undefined {
    const files = ['.pj/state.json', '.pj/journal.ndjson'].filter((name) => existsSync(join(this.dir, name)));
    for (const name of files) {
      const found = /"lineage":\s*"([^"]+)"/.exec(this.read(name));
      if (found?.[1] !== undefined) return found[1];
    }
    return undefined;
  }

  /** Every living process that bears this project's mark, as pid and the workload it is of. */
  processes(): { pid: number; id: string }[] {
    const lineage = this.lineage();
    return lineage === undefined ? [] : markedProcesses(lineage);
  }

  /** Pids of this project's agent: the processes whose command line names agent.cjs and this directory. */
  agents(): number[] {
    return pids().filter((pid) => {
      const words = readProc(pid, 'cmdline').split('\0');
      return words.some((word) => word.endsWith('agent.cjs')) && words.includes(this.dir) && alive(pid);
    });
  }

  /** The cgroups of this project: the folder named after its lineage, in every hierarchy. */
  cgroups(): string[] {
    const lineage = this.lineage();
    if (lineage === undefined) return [];
    return readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => / - cgroup2? /.test(line))
      .map((line) => join(line.split(' ')[4] ?? '', 'pj', lineage))
      .filter((path) => existsSync(path));
  }

  /** Destroys what runs, ends the agent, removes the directories. Never throws. */
  async cleanUp(): Promise<void> {
    await this.pj(['destroy', '--auto-approve', '--lock-timeout=20s']).catch(() => undefined);
    for (const pid of this.agents()) process.kill(pid, 'SIGKILL');
    for (const { pid } of this.processes()) process.kill(pid, 'SIGKILL');
    // What was forgotten has left its cgroup behind.
    await until('the end of all processes', () => this.processes().length === 0).catch(() => undefined);
    for (const group of this.cgroups()) removeGroups(group);
    for (let tries = 1; ; tries++) {
      try {
        rmSync(this.dir, { recursive: true, force: true });
        break;
      } catch (thrown) {
        // A pj that the agent had begun writes its last lines still.
        if (tries > 50) throw thrown;
        await new Promise((next) => setTimeout(next, 100));
      }
    }
    rmSync(this.runtime, { recursive: true, force: true });
  }
}

/** The environment less what would change how pj behaves. */
function cleanEnvironment(): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !/^(PJ_|NO_COLOR$|FORCE_COLOR$|XDG_|NODE_OPTIONS$|VITEST)/.test(name)) env[name] = value;
  }
  return env;
}

/** Removes a cgroup and those below it; one that is not empty stays. */
function removeGroups(group: string): void {
  try {
    for (const entry of readdirSync(group, { withFileTypes: true }))
      if (entry.isDirectory()) removeGroups(join(group, entry.name));
    rmdirSync(group);
  } catch {
    // Something of it is not gone yet, or all is.
  }
}

const pids = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return ''; // it has just ended
  }
}

/** True for a process that exists and is not a zombie: PID 1 may be slow to reap. */
export function alive(pid: number): boolean {
  const status = readProc(pid, 'status');
  return status !== '' && !/^State:\s+Z/m.test(status);
}

/** Every living process with PJ_IDENTITY of this lineage in its environment; children of one workload's process share the mark, so only session leaders count. */
export function markedProcesses(lineage: string): { pid: number; id: string }[] {
  const found: { pid: number; id: string }[] = [];
  for (const pid of pids()) {
    const mark = new RegExp(`(?:^|\\0)PJ_IDENTITY=${lineage}/([^/]+)/`).exec(readProc(pid, 'environ'));
    if (mark?.[1] === undefined || !alive(pid)) continue;
    const session = Number(readProc(pid, 'stat').split(') ')[1]?.split(' ')[3]);
    if (session === pid) found.push({ pid, id: mark[1] });
  }
  return found;
}

/** Polls until `test` gives something, for at most `ms`; then throws, saying what it waited for. */
export async function until<T>(what: string, test: () => T | Promise<T>, ms = 60_000): Promise<NonNullable<T>> {
  const end = performance.now() + ms;
  for (;;) {
    const value = await test();
    if (value) return value as NonNullable<T>;
    if (performance.now() > end) throw new Error(`waited ${ms} ms for ${what}`);
    await new Promise((next) => setTimeout(next, 25));
  }
}

/** A TCP port of 127.0.0.1 that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((done, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
