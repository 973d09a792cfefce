/**
 * An hour of the real agent with real workloads and faults every few seconds: `npx tsx test/soak/soak.ts [--minutes 60] [--seed N]`. Needs a build
 * (`npm run build`) and, for containers, `npm run engines:up`. Prints what the agent weighs every minute, and exits 1 when something grew beyond its bounds.
 */
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Chance } from '../agent/awake/day/chance.ts';
import { readRecord } from '../engines/record.ts';
import { lxcGround } from '../providers/container/lxc/ground.ts';
import { removeHeld } from '../support/containers.ts';
import { freePort, Scratch, until } from '../support/pj.ts';

/** What an agent may have grown by between the first quarter and the end. */
const BOUNDS = { rss: 24, descriptors: 6, groups: 0, files: 12, mib: 40 } as const;

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '60' }, seed: { type: 'string' } } });
const minutes = Number(values.minutes);
const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9));
const chance = new Chance(seed);
console.log(`seed ${seed}, ${minutes} minutes`);

/** Once a minute, more often in a short run. s */
const EVERY = Math.min(60, (minutes * 60) / 20);

interface Weight {
  minute: number;
  /** Process id of the agent: a new one begins anew. */
  agent: number;
  /** MiB. */
  rss: number;
  descriptors: number;
  groups: number;
  files: number;
  mib: number;
  events: number;
}

const calm = 'while :; do if [ -e calm ]; then sleep 0.2; fi; done';
const enforced = 'resources: { cpu: 0.1, enforcement: { cpu: THROTTLE, gracePeriod: 2 } }\n';
const restart = 'restart: { policy: always, delay: 100ms, maxAttempts: 100000 }\nstop: { gracePeriod: 1s }\n';
const kept = readRecord();
const up = <N extends keyof typeof kept>(name: N) => {
  const engine = kept[name];
  return engine !== undefined && 'up' in engine ? engine.up : undefined;
};

function documents(): { text: string; env: Record<string, string> } {
  const [docker, podman, lxc, registry] = [up('docker'), up('podman'), up('lxc'), up('registry')];
  const env: Record<string, string> = { DOCKER_HOST: 'unix:///nowhere', CONTAINER_HOST: 'unix:///nowhere' };
  const all: string[] = [];
  for (let i = 0; i < 4; i++)
    all.push(`applicationId: spin-${i}\nnative: { command: /bin/sh, args: ["-c", "${calm}"] }\n${restart}${enforced}`);
  for (let i = 0; i < 4; i++)
    all.push(
      `applicationId: web-${i}\nnative: { command: /bin/sh, args: ["-c", "while :; do echo line of $$; sleep 1; done"] }\n${restart}healthCheck: { type: log, pattern: line, interval: 1s }\n`,
    );
  const container = (id: string, runtime: string, image: string) =>
    `applicationId: ${id}\nkind: container\ncontainer: { runtime: ${runtime}, image: "${image}", command: [/bin/sh, -c, "trap 'exit 0' TERM; ${calm}"], networkMode: none }\n${runtime === 'lxc' ? 'restart: { policy: "no" }\nstop: { gracePeriod: 1s }\n' : restart}${enforced}`;
  if (docker !== undefined && registry !== undefined) {
    env['DOCKER_HOST'] = `unix://${docker.socket}`;
    all.push(container('docker', 'docker', registry.images.busybox));
  }
  if (podman !== undefined && registry !== undefined) {
    env['CONTAINER_HOST'] = `unix://${podman.socket}`;
    all.push(container('podman', 'podman', registry.images.busybox));
  }
  if (lxc !== undefined) all.push(container('lxc', 'lxc', lxc.rootfs));
  return { text: all.join('---\n'), env };
}

let taken = 0;
// Now and then it refuses.
const sink = createServer((request, response) => {
  taken += 1;
  request.resume().on('end', () => response.writeHead(taken % 9 === 0 ? 503 : 200).end());
});
await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve));
const port = await freePort();
const { text, env } = documents();
const lxc = up('lxc');
const ground = lxc === undefined ? undefined : lxcGround(lxc);
const scratch = new Scratch({
  'all.yaml': text,
  'pj.yaml': `name: soak-${seed}
agent:
  metrics: { port: ${port} }
  telemetry: { endpoint: "http://127.0.0.1:${(sink.address() as AddressInfo).port}", logs: true }
  drift: { interval: 15s, heal: safe, notify: [{ file: drift.ndjson }] }
`,
});
scratch.env = { ...scratch.env, ...ground?.env, ...env };

function weigh(minute: number): Weight {
  const [agent = 0] = scratch.agents();
  const files = readdirSync(join(scratch.dir, '.pj'), { recursive: true, withFileTypes: true }).filter((one) =>
    one.isFile(),
  );
  const size = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  const status = agent === 0 ? '' : readFileSync(`/proc/${agent}/status`, 'utf8');
  const [events] = [join(scratch.dir, '.pj', 'events.ndjson')]
    .filter(existsSync)
    .map((path) => readFileSync(path, 'latin1').split('\n').length);
  return {
    ...{ minute, agent, rss: Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024 },
    descriptors: agent === 0 ? 0 : readdirSync(`/proc/${agent}/fd`).length,
    groups: scratch.cgroups().reduce((sum, path) => sum + folders(path), 0),
    files: files.length,
    mib: files.reduce((sum, one) => sum + size(join(one.parentPath, one.name)), 0) / (1 << 20),
    events: events ?? 0,
  };
}

function folders(path: string): number {
  try {
    return readdirSync(path, { withFileTypes: true }).filter((one) => one.isDirectory()).length;
  } catch {
    return 0;
  }
}

/** Whatever happens to it. Now and then the agent dies too, if `agent`. */
async function fault(agent: boolean): Promise<string> {
  const what = chance.of(['process', 'process', 'calm', 'spin', 'scrape', 'container', 'apply', 'stop', 'agent']);
  const running = scratch.processes();
  switch (what) {
    case 'process':
      if (running.length > 0) process.kill(chance.of(running).pid, 'SIGKILL');
      return what;
    case 'calm':
      writeFileSync(join(scratch.dir, 'calm'), '');
      return what;
    case 'spin':
      rmSync(join(scratch.dir, 'calm'), { force: true });
      return what;
    case 'scrape':
      await fetch(`http://127.0.0.1:${port}/metrics`).then(
        (answer) => answer.text(),
        () => '',
      );
      return what;
    case 'container':
      if (text.includes('applicationId: docker')) await scratch.pj(['exec', 'docker', '--', 'touch', '/calm']);
      return what;
    case 'apply':
      await scratch.pj(['apply', '--auto-approve', '--lock-timeout=30s']);
      return what;
    case 'stop':
      await scratch.pj(['restart', `web-${Math.floor(chance.between(0, 4))}`, '--lock-timeout=30s']);
      return what;
    default:
      if (!agent) return 'nothing';
      for (const pid of scratch.agents()) process.kill(pid, 'SIGKILL');
      await scratch.pj(['agent', 'start']);
      return 'agent killed';
  }
}

const weights: Weight[] = [];
const faults: Record<string, number> = {};
const wrong: string[] = [];
try {
  await scratch.ok(['apply', '--auto-approve']);
  const begun = performance.now();
  const seconds = (): number => (performance.now() - begun) / 1000;
  let next = 0;
  while (seconds() < minutes * 60) {
    if (seconds() >= next) {
      const weight = weigh(Math.round(seconds() / 6) / 10);
      weights.push(weight);
      console.log(JSON.stringify(weight));
      next += EVERY;
    }
    // In the last three quarters it is one agent, whose weight can be compared.
    const what = await fault(seconds() < minutes * 15);
    faults[what] = (faults[what] ?? 0) + 1;
    await sleep(chance.between(1_000, 4_000));
  }
  weights.push(weigh(minutes));
  writeFileSync(join(scratch.dir, 'calm'), '');
  const lineage = scratch.lineage();
  await scratch.ok(['destroy', '--auto-approve', '--lock-timeout=60s']);
  await until('the end of all processes', () => scratch.processes().length === 0).catch((error) =>
    wrong.push(String(error)),
  );
  if (scratch.cgroups().length > 0) wrong.push(`cgroups are left: ${scratch.cgroups().join(' ')}`);
  for (const name of ['docker', 'podman'] as const) {
    const engine = up(name);
    if (engine !== undefined) await removeHeld(engine.socket, lineage).catch(() => undefined);
  }
} catch (error) {
  wrong.push(String(error));
} finally {
  await scratch.cleanUp();
  await ground?.clear();
  sink.closeAllConnections();
  sink.close();
}
console.table(weights);
console.log(`faults: ${JSON.stringify(faults)}; ${taken} exports were taken`);
// One alone goes up and down with what is under way: medians are compared.
const SOME = 5;
const comparable = weights.filter(({ agent, minute }) => agent === weights.at(-1)?.agent && minute >= minutes / 4);
const median = (some: readonly Weight[], name: keyof typeof BOUNDS): number =>
  some.map((one) => one[name]).sort((a, b) => a - b)[some.length >> 1] ?? 0;
if (comparable.length < 2 * SOME) wrong.push('there is too little to compare: the agent was another one at the end');
else
  for (const [name, most] of Object.entries(BOUNDS) as [keyof typeof BOUNDS, number][]) {
    const [before, after] = [median(comparable.slice(0, SOME), name), median(comparable.slice(-SOME), name)];
    console.log(`${name}: ${before} at first, ${after} at the end, may grow by ${most}`);
    if (after - before > most) wrong.push(`${name} grew from ${before} to ${after}, by more than ${most}`);
  }
for (const one of wrong) console.error(one);
process.exit(wrong.length === 0 ? 0 : 1);
