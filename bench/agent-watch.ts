import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { connectAgent } from '../src/agent/client.ts';
import type { AwakeStatus } from '../src/model/awake.ts';
import { readRecord } from '../test/engines/record.ts';
import { freePort } from '../test/support/pj.ts';
import { cost, must } from './measure.ts';
import { agentOf, cpuSeconds } from './processes.ts';
import { figureRow, missingRow, type Row } from './report.ts';
import type { Bench } from './run.ts';

const NATIVES = 200;
const CONTAINERS = 50;

/** All parts of the watch are at work in it: quotas of some, metrics, drift. */
function watchedProject(dir: string, name: string, image: string | undefined, port: number): string {
  mkdirSync(dir, { recursive: true });
  writeFileSync(
    join(dir, 'pj.yaml'),
    `name: ${name}\nagent: { metrics: { port: ${port} }, drift: { interval: 300s } }\n`,
  );
  const quota = 'resources:\n  memory: 256MB\n  enforcement:\n    memory: { action: NOTIFY }\n';
  let text = '';
  for (let i = 0; i < NATIVES; i++)
    text += `---\napplicationId: s${i}\nnative:\n  command: /bin/sleep\n  args: ["100000"]\n${i % 4 === 0 ? quota : ''}`;
  for (let i = 0; image !== undefined && i < CONTAINERS; i++)
    text += `---\napplicationId: c${i}\ncontainer:\n  runtime: docker\n  image: ${image}\n  command: [sleep, "100000"]\nstop: { signal: SIGKILL }\n`;
  writeFileSync(join(dir, 'main.yaml'), text);
  return dir;
}

/** What the agent's watch costs, and how even it samples while every core is busy. */
export async function watchGroup(bench: Bench): Promise<Row[]> {
  const { docker, registry } = readRecord();
  const there = docker !== undefined && registry !== undefined && 'up' in docker && 'up' in registry;
  const env = there ? { DOCKER_HOST: `unix://${docker.up.socket}` } : {};
  const name = `bench-watch-${randomBytes(4).toString('hex')}`;
  const dir = watchedProject(
    join(bench.scratch, name),
    name,
    there ? registry.up.images.busybox : undefined,
    await freePort(),
  );
  const pj = (...args: string[]) => cost([...bench.pj, ...args, '--dir', dir, '--no-color'], { env });
  const rows: Row[] = there ? [] : [missingRow(`${CONTAINERS} containers to watch`, 'npm run engines:up first')];
  const what = `${NATIVES} processes${there ? ` and ${CONTAINERS} containers` : ''}`;
  try {
    await must(pj('apply', '--auto-approve'));
    const pid = agentOf(dir);
    await pause(10);
    const sampled = (await status(dir)).workloads.filter(({ sample }) => sample?.memory !== undefined).length;
    if (sampled < NATIVES + (there ? CONTAINERS : 0)) throw new Error(`only ${sampled} workloads are sampled`);
    const before = cpuSeconds(pid);
    const seconds = bench.quick ? 20 : 60;
    await pause(seconds);
    const share = ((cpuSeconds(pid) - before) / seconds) * 100;
    const { VmRSS: resident = 0, RssAnon: anonymous = 0 } = memoryOf(pid);
    const calm = await jitter(dir, bench.quick ? 20 : 60);
    const spinners = cpus().map(() => spawn(process.execPath, ['-e', 'for (;;) {}'], { stdio: 'ignore' }));
    const loaded = await jitter(dir, bench.quick ? 20 : 120).finally(() => {
      for (const spinner of spinners) spinner.kill('SIGKILL');
    });
    rows.push(
      figureRow(`the agent sampling ${what} every second`, share, 5, '% of a core'),
      figureRow(`the same, memory of its own (RssAnon; resident ${resident.toFixed(0)} MiB)`, anonymous, 120, 'MiB'),
      figureRow('the same, jitter p99', calm, 100, 'ms'),
      figureRow('the same, jitter p99 with a spinner on every core', loaded, 100, 'ms'),
    );
  } finally {
    await pj('destroy', '--auto-approve');
  }
  return rows;
}

/** How late ticks of the next seconds are, p99 in ms: by when samples are of, against the earliest in its second. The agent's own figure is of ten minutes, its start too. */
async function jitter(dir: string, seconds: number): Promise<number> {
  const seen = new Set<number>();
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    for (const { sample } of (await status(dir)).workloads) if (sample !== undefined) seen.add(Date.parse(sample.at));
    await pause(0.9);
  }
  const phases = [...seen].slice(1).map((at) => at % 1000);
  // Those around the turn of a second belong together.
  const shift = phases.some((phase) => phase < 250) && phases.some((phase) => phase > 750) ? 500 : 0;
  const shifted = phases.map((phase) => (phase + shift) % 1000).sort((one, other) => one - other);
  return (shifted[Math.floor(shifted.length * 0.99)] ?? Number.NaN) - (shifted[0] ?? 0);
}

async function status(dir: string): Promise<AwakeStatus> {
  const there = await connectAgent({ project: dir, env: process.env, version: 'bench' });
  if (there === undefined) throw new Error('the agent is not running');
  try {
    return await there.client.call('awake', {});
  } finally {
    there.client.close();
  }
}

/** MiB by name. */
function memoryOf(pid: number): Record<string, number> {
  const lines = readFileSync(`/proc/${pid}/status`, 'utf8').matchAll(/^(\w+):\s+(\d+) kB$/gm);
  return Object.fromEntries([...lines].map(([, name = '', kib]) => [name, Number(kib) / 1024]));
}

const pause = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
