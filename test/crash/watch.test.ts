import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { detectCgroups } from '../../src/os/cgroup.ts';
import { coresOf, cpuGroup, tag } from '../support/hogs.ts';
import { alive, Scratch, until } from '../support/pj.ts';
import { eventsOf, keptOf } from '../support/quotas.ts';

const QUOTA = 0.2;
const THROTTLED = 0.1;

/** Where the agent dies: at its n-th passage of that place. */
const PLACES = [
  'awake:before-keep@2',
  'awake:before-rename@2',
  'awake:after-keep@2',
  'awake:before-throttle@1',
  'awake:after-throttle@1',
  'awake:before-lift@1',
  'awake:after-lift@1',
];

let clean: Scratch[] = [];
afterEach(async () => {
  await Promise.all(clean.map((one) => one.cleanUp()));
  clean = [];
});

/** A project that is sampled twenty times a second. */
function project(documents: string[]): Scratch {
  const scratch = new Scratch({
    'pj.yaml': `name: watch-${randomBytes(4).toString('hex')}\nagent: { sampling: { interval: 0.05 } }\n`,
    'all.yaml': documents.join('---\n'),
  });
  clean.push(scratch);
  return scratch;
}

/** Spins while there is no file `calm`. */
const spinner = (id: string, name: string, restart = '"no"'): string => `applicationId: ${id}
native: { command: /bin/sh, args: ["-c", ": ${name}; while :; do if [ -e calm ]; then sleep 0.1; fi; done"] }
restart: { policy: ${restart}, delay: 50ms, maxAttempts: 1000 }
stop: { gracePeriod: 100ms }
resources: { cpu: ${QUOTA}, enforcement: { cpu: THROTTLE, gracePeriod: 2 } }
`;

const calm = (scratch: Scratch): void => writeFileSync(join(scratch.dir, 'calm'), '');
const spin = (scratch: Scratch): void => rmSync(join(scratch.dir, 'calm'), { force: true });

async function killAgent(scratch: Scratch): Promise<void> {
  const pids = scratch.agents();
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await until('the end of the agent', () => !pids.some(alive));
}

const isThrottleKept = (scratch: Scratch, id: string): boolean =>
  /"throttle":|"pending":/.test(JSON.stringify(keptOf(scratch, id) ?? null));

/** Kills the agent there, and throws unless the next one takes up what was in force, or releases it, and says which. */
async function diesAt(place: string): Promise<string> {
  const name = tag();
  const scratch = project([spinner('spin', name)]);
  calm(scratch);
  await scratch.ok(['apply', '--auto-approve']);
  await killAgent(scratch);
  rmSync(join(scratch.dir, '.pj/agent/awake.json'), { force: true });
  const group = cpuGroup(name);
  expect(coresOf(group)).toBeCloseTo(QUOTA, 5);
  const died = join(scratch.runtime, 'died');
  const told = eventsOf(scratch).length;
  spin(scratch);
  await scratch.pj(['agent', 'start'], { PJ_AGENT_CRASH_AT: `${place}:${died}` });
  const lifting = place.includes('lift');
  if (lifting) {
    await until(`${place}: a throttle`, () => eventsOf(scratch, 'throttle_set').length > 0, 60_000);
    calm(scratch);
  }
  // Who starts it may have started another one already, as it died too soon to answer.
  await until(`${place}: the agent's death`, () => existsSync(died), 60_000);
  const cores = coresOf(group);
  // Whatever is in force must be kept: else nobody would ever lift it.
  if (Math.abs(cores - THROTTLED) < 1e-3) expect(isThrottleKept(scratch, 'spin'), place).toBe(true);
  await scratch.ok(['agent', 'start']);
  const wanted = lifting ? ['throttle_released'] : ['throttle_resumed', 'throttle_set'];
  const said = await until(
    `${place}: ${wanted.join(' or ')}`,
    () =>
      eventsOf(scratch)
        .slice(told)
        .find(({ type }) => wanted.includes(type))?.type,
    60_000,
  );
  expect(coresOf(group), place).toBeCloseTo(lifting ? QUOTA : THROTTLED, 5);
  // One that is in force when its workload goes goes with it.
  await scratch.ok(['destroy', '--auto-approve', '--lock-timeout=20s']);
  expect([scratch.cgroups(), scratch.processes(), existsSync(group)], place).toEqual([[], [], false]);
  await until(`${place}: nothing kept`, () => keptOf(scratch, 'spin') === undefined || scratch.agents().length === 0);
  return `${place}: ${said}`;
}

if (detectCgroups().controllers.has('cpu'))
  describe('the watch, killed', () => {
    it('where it keeps, throttles or lifts: the next agent takes up or releases, and says which', async () => {
      const said: string[] = [];
      // Two at once: each waits for samples most of the time.
      const places = [...PLACES];
      const work = async (): Promise<void> => {
        for (let place = places.shift(); place !== undefined; place = places.shift()) said.push(await diesAt(place));
      };
      await Promise.all([work(), work()]);
      console.log(said.join('\n'));
      expect(said).toHaveLength(PLACES.length);
    });

    it('at random, with its workloads, while quotas are broken: nothing is left over', async () => {
      const names = [tag(), tag()];
      const scratch = project([
        spinner('a', names[0] ?? '', 'always'),
        spinner('b', names[1] ?? '', 'always'),
        'applicationId: c\nnative: { command: /bin/sleep, args: ["100000"] }\nrestart: { policy: always, delay: 50ms, maxAttempts: 1000 }\nmonitoring: { enabled: true }\n',
      ]);
      await scratch.ok(['apply', '--auto-approve']);
      let kills = 0;
      const end = performance.now() + 20_000;
      while (performance.now() < end) {
        const dice = Math.random();
        if (dice < 0.25) {
          await killAgent(scratch);
          kills += 1;
          await scratch.ok(['agent', 'start']);
        } else if (dice < 0.6) {
          const all = scratch.processes();
          const one = all[Math.floor(Math.random() * all.length)];
          if (one !== undefined) process.kill(one.pid, 'SIGKILL');
        } else if (dice < 0.75) calm(scratch);
        else spin(scratch);
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 600));
      }
      calm(scratch);
      await until('all to run', () => scratch.processes().length === 3, 60_000);
      const held = () =>
        [...names.map((name) => coresOf(cpuGroup(name)))].every((cores) => Math.abs(cores - QUOTA) < 1e-3);
      const kept = () => ['a', 'b'].some((id) => isThrottleKept(scratch, id));
      await until('the end of all throttles', () => held() && !kept(), 60_000);
      const status = JSON.parse((await scratch.ok(['status', '--json'])).stdout) as unknown;
      expect(JSON.stringify(status)).not.toContain('throttledTo');
      // As many descriptors as an agent that has seen none of it.
      const descriptors = async (): Promise<number> => {
        const [pid] = scratch.agents();
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        return readdirSync(`/proc/${pid}/fd`).length;
      };
      const before = await descriptors();
      await killAgent(scratch);
      await scratch.ok(['agent', 'start']);
      expect(before).toBeLessThanOrEqual((await descriptors()) + 3);
      const agents = scratch.agents();
      await scratch.ok(['destroy', '--auto-approve', '--lock-timeout=20s']);
      expect([scratch.cgroups(), scratch.processes(), agents.length]).toEqual([[], [], 1]);
      const files = readdirSync(join(scratch.dir, '.pj'), { recursive: true }).map(String);
      expect(files.filter((file) => file.endsWith('.tmp'))).toEqual([]);
      expect(files.length).toBeLessThan(60);
      expect(readFileSync(join(scratch.dir, '.pj/agent/awake.json'), 'utf8')).not.toMatch(/"throttle"/);
      console.log(
        `the agent was killed ${kills} times; ${before} descriptors at the end; ${files.length} files below .pj`,
      );
      expect(kills).toBeGreaterThan(3);
    });
  });
