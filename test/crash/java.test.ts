import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { needs } from '../engines/engines.ts';
import { hostsOf } from '../support/java-hosts.ts';
import { alive, Scratch, until } from '../support/pj.ts';
import {
  APPLY,
  appsOf,
  converges,
  DESTROY,
  DESTROY_ALL,
  furnish,
  isWhole,
  LARGER,
  leavesNothing,
  project,
  startsOf,
} from './java.ts';

/** More points than any run here has; a run that ends by itself before its point has shown that there are no more. */
const MOST = 600;
/** How many points of each command are tried, spread evenly from a random one on; `all` tries each, from PJ_CRASH_JAVA_FIRST on. */
const POINTS = process.env['PJ_CRASH_JAVA_POINTS'] ?? '4';
const KILLS = Number(process.env['PJ_CRASH_JAVA_KILLS'] ?? 6);
/** About as many points as an apply of the project has, and how many times those of an update or of the agent. */
const USUAL = 120;
const OF_UPDATE = POINTS === 'all' ? 1 : 3;

/** The points to be killed at. */
function* points(usual = USUAL): Generator<number> {
  const step = POINTS === 'all' ? 1 : Math.max(1, usual / Number(POINTS));
  const first = POINTS === 'all' ? Number(process.env['PJ_CRASH_JAVA_FIRST'] ?? 1) : 1 + Math.random() * (step - 1);
  for (let point = first; point < MOST; point += step) yield Math.round(point);
}

needs('java')('killed over Java applications', ({ java }) => {
  let pj: Scratch | undefined;
  afterEach(async () => {
    await pj?.cleanUp();
    pj = undefined;
  });
  const open = async (): Promise<Scratch> => {
    const scratch = new Scratch();
    pj = scratch;
    scratch.write(project(`crash-${randomBytes(4).toString('hex')}`, scratch.dir));
    scratch.env = { ...scratch.env, JAVA_HOME: java.home };
    await furnish(scratch, java.home);
    return scratch;
  };

  it('pj, at points of apply, update and destroy', async () => {
    const scratch = await open();
    const kills = { apply: 0, update: 0, destroy: 0 };
    const at = async (args: string[], what: keyof typeof kills, point: number, env = {}): Promise<boolean> => {
      const ran = await scratch.pj(args, { ...env, PJ_CRASH_AT: String(point) });
      if (ran.signal === 'SIGKILL') kills[what]++;
      else if (ran.code !== 0) throw new Error(`${what} exited ${ran.code} before point ${point}\n${ran.stderr}`);
      return ran.signal === 'SIGKILL';
    };
    for (const point of points()) {
      const more = await at(APPLY, 'apply', point);
      await leavesNothing(scratch, `no apply after one killed at point ${point}`);
      await at(APPLY, 'apply', point);
      await converges(scratch, `apply killed at point ${point}`);
      await at(APPLY, 'update', Math.ceil(point / OF_UPDATE), LARGER);
      await converges(scratch, `update killed at point ${point}`, LARGER);
      await at(DESTROY, 'destroy', point);
      await leavesNothing(scratch, `destroy killed at point ${point}`);
      await scratch.ok(APPLY);
      await at(DESTROY_ALL, 'destroy', point);
      await leavesNothing(scratch, `destroy with volumes killed at point ${point}`, DESTROY_ALL);
      if (!more) break;
    }
    console.log(`Java: killed at ${JSON.stringify(kills)} points: 0 orphans`);
    expect(Math.min(...Object.values(kills))).toBeGreaterThan(0);
  });

  it(`pj and hosts, at ${KILLS} random instants of apply, update and destroy`, async () => {
    const scratch = await open();
    const commands = [
      { args: APPLY, env: {} },
      { args: APPLY, env: LARGER },
      { args: DESTROY, env: {} },
    ];
    const lengths: number[] = [];
    for (const { args, env } of commands) {
      const begun = performance.now();
      await scratch.ok(args, env);
      lengths.push(performance.now() - begun);
    }
    for (const victim of ['pj', 'host', 'agent'] as const) {
      let kills = 0;
      for (let round = 0; kills < KILLS; round++) {
        if (round > KILLS * 6) throw new Error(`only ${kills} of ${round} times ${victim} could be killed in time`);
        const which = round % commands.length;
        const { args, env } = commands[which] ?? { args: [], env: {} };
        const run = scratch.start(args, env);
        await Promise.race([new Promise((next) => setTimeout(next, Math.random() * (lengths[which] ?? 0))), run.done]);
        const victims =
          victim === 'host' ? hostsOf(scratch).map(({ pid }) => pid) : victim === 'agent' ? scratch.agents() : [];
        const one = victims[Math.floor(Math.random() * victims.length)];
        if (victim === 'pj') run.kill('SIGKILL');
        else if (one !== undefined && kill(one)) kills++;
        const ran = await run.done;
        if (victim === 'pj' && ran.signal === 'SIGKILL') kills++;
        const context = `${args.join(' ')} with ${victim} killed (kill ${kills})`;
        if (args === DESTROY) await leavesNothing(scratch, context);
        else await converges(scratch, context, env);
      }
      console.log(`Java: ${victim} was killed at ${kills} random instants: 0 orphans`);
    }
    // What a destroy before has kept, the next one knows nothing of.
    await scratch.ok(APPLY);
    await leavesNothing(scratch, 'the end', DESTROY_ALL);
  });

  it('the agent, at its points', async () => {
    const scratch = await open();
    await scratch.ok(APPLY);
    const end = async () => {
      for (const agent of scratch.agents()) process.kill(agent, 'SIGKILL');
      await until('the end of the agent', () => scratch.agents().length === 0);
    };
    const pids = () =>
      scratch
        .processes()
        .map(({ pid }) => pid)
        .sort();
    const before = pids();
    await end();
    expect(pids()).toEqual(before);
    await converges(scratch, 'the agent killed');
    expect(pids()).toEqual(before);
    await end();
    await leavesNothing(scratch, 'the agent killed');
    let kills = 0;
    for (const point of points(60)) {
      await end();
      const died = `${scratch.runtime}/died-${point}`;
      await scratch.pj(APPLY, { PJ_AGENT_CRASH_AT: `${point}:${died}` });
      await converges(scratch, `the agent killed at its point ${point} of an apply`);
      await end();
      await scratch.pj(DESTROY, { PJ_AGENT_CRASH_AT: `${point}:${died}` });
      await leavesNothing(scratch, `the agent killed at its point ${point}`);
      if (!readdirSync(scratch.runtime).includes(`died-${point}`)) break;
      kills++;
    }
    console.log(`Java: the agent was killed at ${kills} points`);
    expect(kills).toBeGreaterThan(0);
  });

  it('hosts, and then the agent brings all back in the order of their dependencies, without being asked', async () => {
    const scratch = await open();
    await scratch.ok(APPLY);
    for (let round = 0; round < KILLS; round++) {
      const before = startsOf(scratch).length;
      const hosts = hostsOf(scratch).filter(({ id }) => round % 2 === 0 || id === 'jvm.default');
      // Now and then the agent dies with them: the next one takes care.
      if (round % 3 === 2) for (const agent of scratch.agents()) kill(agent);
      for (const { pid } of hosts) kill(pid);
      await until('their end', () => hosts.every(({ pid }) => !alive(pid)));
      if (round % 3 === 2) await scratch.ok(['agent', 'start']);
      await until(
        'all of them to run again',
        async () => (await appsOf(scratch).catch(() => [])).filter((line) => line.endsWith(' running')).length === 3,
        60_000,
      );
      await isWhole(scratch, `hosts killed, round ${round}`);
      const since = startsOf(scratch).slice(before);
      expect([round, since.filter((id) => id === 'base' || id === 'app')]).toEqual([round, ['base', 'app']]);
      await converges(scratch, `hosts killed, round ${round}`);
    }
    await leavesNothing(scratch, 'the end', DESTROY_ALL);
  });
});

/** False for one that has ended already. */
function kill(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}
