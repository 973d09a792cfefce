import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../test-cgroups.ts';
import type { Check } from './check.ts';
import { TOP } from './in-group.ts';

/* pj as it is delivered, run as a user runs it. Each check goes on where the one before left the project. */
const PROJECT = '/tmp/project';

interface Status {
  id: string;
  state: string;
  pid?: number;
  restarts?: number;
  detail?: string;
  memory?: number;
}

/** Runs pj in the project; anything but the exit code expected is an error that shows what was printed. */
function pj(args: readonly string[], code = 0): string {
  const env = { PATH: '/bin', HOME: '/root', XDG_RUNTIME_DIR: '/run' };
  const ran = spawnSync('/bin/node', ['/pj/bin/pj.js', ...args], {
    cwd: PROJECT,
    env,
    encoding: 'utf8',
    timeout: 25_000,
    killSignal: 'SIGKILL',
  });
  const said = `${ran.stdout}${ran.stderr}`;
  assert.equal(ran.status, code, `pj ${args.join(' ')} exited ${ran.status ?? ran.signal}, not ${code}\n${said}`);
  return said;
}

function status(id: string): Status {
  const { workloads } = JSON.parse(pj(['status', '--json'])) as { workloads: Status[] };
  const found = workloads.find((one) => one.id === id);
  assert.ok(found !== undefined, `pj status knows no ${id}`);
  return found;
}

/** The group's folder of a running process, from the kernel. */
function folderOf(pid: number | undefined): string {
  const text = readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim();
  assert.match(text, /^0::\/pj\/[^/]+\/[^/]+$/);
  return join(TOP, text.slice('0::'.length));
}

const held = (folder: string): string[] =>
  ['cpu.max', 'memory.max', 'memory.swap.max', 'pids.max'].map((name) =>
    readFileSync(join(folder, name), 'utf8').trim(),
  );

/** Writes the descriptor of `web`, a service of two processes, with these resources. */
function describeWeb(resources: string): void {
  const text = `applicationId: web
native:
  command: /bin/sh
  args: [-c, "sleep 100000 & while :; do sleep 1; done"]
${resources}`;
  writeFileSync(join(PROJECT, 'web.yaml'), text);
}

const agents = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && existsSync(`/proc/${name}/cmdline`))
    .filter((name) => readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('agent.cjs'))
    .map(Number);

let web: { pid: number; folder: string } | undefined;

/** What the first check started; all after it are about the same process. */
function running(): { pid: number; folder: string } {
  assert.ok(web !== undefined, 'web was not started: see the check before');
  assert.equal(status('web').pid, web.pid, 'the process is another one now');
  assert.equal(folderOf(web.pid), web.folder);
  return web;
}

export const projectChecks: Check[] = [
  {
    name: 'pj doctor: says that the kernel holds all limits',
    run: () => {
      mkdirSync(PROJECT);
      assert.match(pj(['doctor']), /limits: cpu, memory, pids are held by the kernel, cgroups v2$/m);
    },
  },
  {
    name: 'pj apply: the kernel holds the limits of the whole tree; the next plan is empty',
    run: () => {
      describeWeb('resources: { cpu: 0.5, memory: 64MiB, maxProcesses: 32 }\n');
      const free = 'applicationId: free\nnative: { command: /bin/sleep, args: ["100000"] }\n';
      writeFileSync(join(PROJECT, 'free.yaml'), free);
      assert.doesNotMatch(pj(['apply', '--auto-approve']), /not held/);
      const { pid = 0, state } = status('web');
      assert.equal(state, 'RUNNING');
      web = { pid, folder: folderOf(pid) };
      assert.deepEqual(held(web.folder), ['50000 100000', String(64 << 20), '0', '32']);
      const members = readFileSync(join(web.folder, 'cgroup.procs'), 'utf8').trim().split('\n');
      assert.ok(members.length >= 2, `the shell and what it started: ${members}`);
      // The agent is in no group of a workload, so that it can neither be throttled nor killed with one.
      for (const agent of agents()) assert.doesNotMatch(readFileSync(`/proc/${agent}/cgroup`, 'utf8'), /pj\//);
      assert.notEqual(folderOf(status('free').pid), web.folder);
      assert.match(pj(['plan', '--detailed-exitcode'], 0), /No changes\./);
    },
  },
  {
    name: 'pj apply: changed limits reach the running process, which keeps its pid',
    run: () => {
      const { folder } = running();
      describeWeb('resources: { cpu: 0.25, memory: 96MiB, maxProcesses: 20 }\n');
      assert.match(pj(['plan', '--detailed-exitcode'], 2), /updated in-place/);
      pj(['apply', '--auto-approve']);
      assert.deepEqual(held(folder), ['25000 100000', String(96 << 20), '0', '20']);
      running();
      pj(['plan', '--detailed-exitcode'], 0);
    },
  },
  {
    name: 'pj apply: heals limits that somebody else changed in the kernel',
    run: () => {
      const { folder } = running();
      writeFileSync(join(folder, 'memory.max'), 'max');
      writeFileSync(join(folder, 'cpu.max'), '80000 100000');
      const drift = pj(['drift'], 2);
      assert.match(drift, /web/);
      pj(['apply', '--auto-approve']);
      assert.deepEqual(held(folder), ['25000 100000', String(96 << 20), '0', '20']);
      running();
    },
  },
  {
    name: 'pj apply: refuses less memory than is in use, and the limit that was holds on',
    run: () => {
      const { pid, folder } = running();
      const inUse = readFileSync(join(folder, 'memory.current'), 'utf8').trim();
      describeWeb('resources: { cpu: 0.25, memory: 8KiB, maxProcesses: 20 }\n');
      assert.match(pj(['apply', '--auto-approve'], 1), /more than that is in use now/, `in use: ${inUse}`);
      assert.deepEqual(held(folder), ['25000 100000', String(96 << 20), '0', '20']);
      assert.equal(status('web').pid, pid);
    },
  },
  {
    name: 'pj apply: lifts limits that are not described any more, and gives a free workload some',
    run: () => {
      const { folder } = running();
      const before = status('free').pid;
      describeWeb('');
      writeFileSync(
        join(PROJECT, 'free.yaml'),
        'applicationId: free\nnative: { command: /bin/sleep, args: ["100000"] }\nresources: { cpu: 1.5, memory: 32MiB, maxThreads: 9 }\n',
      );
      pj(['apply', '--auto-approve']);
      assert.deepEqual(held(folder), ['max 100000', 'max', 'max', 'max']);
      running();
      const { pid } = status('free');
      assert.equal(pid, before);
      assert.deepEqual(held(folderOf(pid)), ['150000 100000', String(32 << 20), '0', '9']);
      pj(['plan', '--detailed-exitcode'], 0);
    },
  },
  {
    name: 'the agent killed: the next one finds the processes and their limits',
    run: async () => {
      const { folder } = running();
      const before = agents();
      assert.equal(before.length, 1);
      for (const agent of before) process.kill(agent, 'SIGKILL');
      await until('the end of the agent', () => agents().length === 0);
      describeWeb('resources: { memory: 48MiB }\n');
      pj(['apply', '--auto-approve']);
      running();
      assert.deepEqual(held(folder), ['max 100000', String(48 << 20), '0', 'max']);
      pj(['plan', '--detailed-exitcode'], 0);
    },
  },
  {
    name: 'a workload over its memory: killed by the kernel, told as that',
    run: async () => {
      const hog = `applicationId: hog
native: { command: /bin/sh, args: [-c, "sleep 1; exec dd if=/dev/zero of=/dev/null bs=64M count=1"] }
restart: { policy: "no" }
resources: { memory: 16MiB }
`;
      writeFileSync(join(PROJECT, 'hog.yaml'), hog);
      pj(['apply', '--auto-approve']);
      let seen: Status | undefined;
      for (let i = 0; i < 8 && seen?.detail === undefined; i++) {
        await new Promise((resolve) => setTimeout(resolve, 500));
        seen = status('hog');
      }
      assert.match(seen?.detail ?? '', /SIGKILL.*OOM-killed/, JSON.stringify(seen));
      assert.notEqual(seen?.state, 'RUNNING');
      running();
    },
  },
  {
    name: 'pj destroy: leaves no process, no group and no agent',
    run: async () => {
      const { pid } = running();
      const other = status('free').pid;
      pj(['destroy', '--auto-approve']);
      assert.equal(existsSync(join(TOP, 'pj')), false, 'the folder of pj is gone');
      for (const gone of [pid, other]) assert.equal(existsSync(`/proc/${gone}`), false, `pid ${gone}`);
      pj(['agent', 'stop']);
      await until('the end of the agent', () => agents().length === 0);
      assert.deepEqual(
        readdirSync('/run').filter((name) => name.startsWith('pj')),
        [],
      );
    },
  },
];
