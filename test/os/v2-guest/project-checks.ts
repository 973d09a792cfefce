import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { identify, isAlive, type ProcessIdentity } from '../../../src/os/identity.ts';
import { readKernelFile } from '../../../src/os/kernel-file.ts';
import { until } from '../test-cgroups.ts';
import type { Check } from './check.ts';
import { TOP } from './in-group.ts';

/* pj as it is delivered, run as a user runs it. Each check goes on where the one before left the project. */
const PROJECT = '/tmp/project';
const MIB = 1 << 20;

/** Runs pj in the project; anything but the exit code expected is an error that shows what was printed. */
function pj(args: readonly string[], code = 0): string {
  const ran = spawnSync('/bin/node', ['/pj/bin/pj.js', ...args], {
    cwd: PROJECT,
    env: { PATH: '/bin', HOME: '/root', XDG_RUNTIME_DIR: '/run' },
    encoding: 'utf8',
    timeout: 40_000,
    killSignal: 'SIGKILL',
  });
  const said = `${ran.stdout}${ran.stderr}`;
  assert.equal(ran.status, code, `pj ${args.join(' ')} exited ${ran.status ?? ran.signal}, not ${code}\n${said}`);
  return said;
}

/** The groups that pj has made: workload → folder. */
function groups(): Record<string, string> {
  const below = (folder: string): string[] =>
    existsSync(folder)
      ? readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
          entry.isDirectory() ? join(folder, entry.name) : [],
        )
      : [];
  const folders = below(join(TOP, 'pj')).flatMap(below);
  return Object.fromEntries(folders.map((folder) => [basename(folder).replace(/@.*/, ''), folder]));
}

const groupOf = (workload: string): string => {
  const folder = groups()[workload];
  assert.ok(folder !== undefined, `there is no group of ${workload}, only ${Object.keys(groups())}`);
  return folder;
};

const inGroup = (workload: string): number[] =>
  readFileSync(join(groupOf(workload), 'cgroup.procs'), 'utf8')
    .trim()
    .split('\n')
    .map(Number);

/** What the kernel holds: cpu, memory, swap, tasks. */
const held = (workload: string): string[] =>
  ['cpu.max', 'memory.max', 'memory.swap.max', 'pids.max'].map((name) =>
    readFileSync(join(groupOf(workload), name), 'utf8').trim(),
  );

/** Writes a descriptor; `resources` as YAML, or nothing for none. */
function describe(workload: string, script: string, resources = ''): void {
  const native = `native: { command: /bin/sh, args: [-c, ${JSON.stringify(script)}] }\nrestart: { policy: "no" }\n`;
  const limits = resources === '' ? '' : `resources: { ${resources} }\n`;
  writeFileSync(join(PROJECT, `${workload}.yaml`), `applicationId: ${workload}\n${native}${limits}`);
}

/** A service of two processes. */
const WEB = 'sleep 100000 & exec sleep 200000';
const FREE = 'exec sleep 300000';

const agents = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && (readKernelFile(`/proc/${name}/cmdline`) ?? '').includes('agent.cjs'))
    .map(Number);

/** The processes that the first apply started; they have to be the same to the end. */
let started: ProcessIdentity[] = [];

function expectSameProcesses(): void {
  assert.ok(started.length > 0, 'nothing was started: see the check before');
  const now = [...inGroup('web'), ...inGroup('free')].map((pid) => identify(pid));
  assert.deepEqual(now, started);
}

export const projectChecks: Check[] = [
  {
    name: 'pj apply: the kernel holds the limits of the whole tree, and the next plan is empty',
    run: () => {
      mkdirSync(PROJECT);
      describe('web', WEB, 'cpu: 0.5, memory: 64MiB, maxProcesses: 32');
      describe('free', FREE);
      assert.doesNotMatch(pj(['apply', '--auto-approve']), /not held/);
      assert.deepEqual(held('web'), ['50000 100000', String(64 * MIB), '0', '32']);
      assert.equal(inGroup('web').length, 2);
      assert.equal(inGroup('free').length, 1);
      started = [...inGroup('web'), ...inGroup('free')].flatMap((pid) => identify(pid) ?? []);
      expectSameProcesses();
      // The agent is in no group of a workload, so that it can neither be throttled nor killed with one.
      const [agent, ...more] = agents();
      assert.deepEqual(more, []);
      assert.equal(readKernelFile(`/proc/${agent}/cgroup`)?.trim(), '0::/');
      assert.match(pj(['plan', '--detailed-exitcode'], 0), /No changes\./);
    },
  },
  {
    name: 'pj apply: heals limits that somebody else changed in the kernel',
    run: () => {
      writeFileSync(join(groupOf('web'), 'memory.max'), 'max');
      writeFileSync(join(groupOf('web'), 'cpu.max'), '80000 100000');
      const said = pj(['apply', '--auto-approve']);
      assert.match(said, /# pj_native\.web will be updated in-place/);
      assert.doesNotMatch(said, /# pj_native\.free/);
      assert.deepEqual(held('web'), ['50000 100000', String(64 * MIB), '0', '32']);
      expectSameProcesses();
    },
  },
  {
    name: 'pj apply: refuses less memory than is in use, and the limit that was holds on',
    run: () => {
      describe('web', WEB, 'cpu: 0.5, memory: 8KiB, maxProcesses: 32');
      assert.match(pj(['apply', '--auto-approve'], 1), /more than that is in use now/);
      assert.deepEqual(held('web'), ['50000 100000', String(64 * MIB), '0', '32']);
      expectSameProcesses();
    },
  },
  {
    name: 'pj apply: changes, lifts and adds limits of running processes, which keep their pids',
    run: () => {
      describe('web', WEB, 'cpu: 0.25, maxProcesses: 20');
      describe('free', FREE, 'cpu: 0.75, memory: 32MiB, maxThreads: 9');
      pj(['apply', '--auto-approve']);
      assert.deepEqual(held('web'), ['25000 100000', 'max', 'max', '20']);
      assert.deepEqual(held('free'), ['75000 100000', String(32 * MIB), '0', '9']);
      expectSameProcesses();
    },
  },
  {
    name: 'pj apply after a kill of the agent: the processes and their limits are as they were',
    run: async () => {
      const before = agents();
      assert.equal(before.length, 1);
      for (const agent of before) process.kill(agent, 'SIGKILL');
      await until('the end of the agent', () => agents().length === 0);
      describe('web', WEB, 'cpu: 0.25, memory: 48MiB, maxProcesses: 20');
      describe('hog', 'sleep 1; exec dd if=/dev/zero of=/dev/null bs=64M count=1', 'memory: 16MiB');
      pj(['apply', '--auto-approve']);
      assert.deepEqual(held('web'), ['25000 100000', String(48 * MIB), '0', '20']);
      assert.deepEqual(held('free'), ['75000 100000', String(32 * MIB), '0', '9']);
      expectSameProcesses();
    },
  },
  {
    name: 'pj status: tells of a workload that it was killed for want of memory; the others live',
    run: async () => {
      // The group goes when the agent has taken note of the end.
      await until('the end of hog', () => groups()['hog'] === undefined);
      const { workloads } = JSON.parse(pj(['status', '--json'])) as { workloads: Record<string, unknown>[] };
      const [free, hog, web] = workloads;
      assert.match(String(hog?.['detail']), /SIGKILL.*OOM-killed/, JSON.stringify(hog));
      assert.deepEqual([free?.['state'], web?.['state']], ['RUNNING', 'RUNNING']);
      assert.ok(Number(web?.['memory']) > 0 && Number(web?.['memory']) < 48 * MIB, JSON.stringify(web));
      expectSameProcesses();
    },
  },
  {
    name: 'pj destroy: leaves no process, no group and no agent',
    run: async () => {
      pj(['destroy', '--auto-approve']);
      assert.equal(existsSync(join(TOP, 'pj')), false, 'the folder of pj is gone');
      assert.deepEqual(
        started.filter((one) => isAlive(one)),
        [],
      );
      await until('the end of the agent', () => agents().length === 0);
      assert.deepEqual(
        readdirSync('/run').filter((name) => name.startsWith('pj')),
        [],
      );
    },
  },
];
