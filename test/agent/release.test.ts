import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { agentStatus, reviveAgent } from '../../src/agent/control.ts';
import type { Spec } from '../../src/model/spec.ts';
import { identify, isAlive, type ProcessIdentity } from '../../src/os/identity.ts';
import type { Made, Provider } from '../../src/providers/contract.ts';
import { buildAgent, eventually, type Ground, ground, killNow, pidOf } from './ground.ts';

let agent: Awaited<ReturnType<typeof buildAgent>>;
let here: Ground;
let provider: Provider;
beforeAll(async () => {
  agent = await buildAgent();
});
afterAll(() => rmSync(agent.dir, { recursive: true, force: true }));
beforeEach(() => {
  here = ground(agent.entry);
  provider = here.provider();
});
afterEach(() => here.clear());

const ALWAYS: Partial<Spec> = { restart: { policy: 'always', delay: 0.05, maxDelay: 0.1 } };
const service = () => here.script('live.mjs', 'setInterval(() => {}, 1000)', ALWAYS);
const start = async (id: string, spec: Spec, by = provider): Promise<Made> => {
  const created = await by.create(here.target(id, spec), here.context);
  return by.start(here.target(id, spec, created), here.context);
};
const release = (id: string, spec: Spec, made: Made, by = provider) =>
  by.release?.(here.target(id, spec, made), here.context);
const processOf = (made: Made): ProcessIdentity => {
  const found = identify(pidOf(made.attributes));
  if (found === undefined) throw new Error('it does not run');
  return found;
};
const end = async (process: ProcessIdentity) => {
  killNow(process.pid);
  await eventually('its end', () => !isAlive(process));
};
const killAgent = async () => {
  const pid = await eventually('an agent', () => here.agentPid());
  killNow(pid);
  await eventually('it is dead', () => here.agentPid() === undefined);
};
const control = () => ({ project: here.dir, env: here.env, version: '0.0.0-test', agentEntry: agent.entry });
const active = async () => {
  const status = await agentStatus(control());
  return status.running ? status.info.active : undefined;
};
/** Long enough for several restarts by ALWAYS. */
const settled = () => sleep(500);

describe('a released workload', () => {
  it('runs on as it was, and is not started again when it ends', async () => {
    const spec = service();
    const [mine, other] = [await start('mine', spec), await start('other', spec)];
    const process = processOf(mine);
    await release('mine', spec, mine);
    expect(await active()).toEqual(['other@1']);
    expect(isAlive(process)).toBe(true);
    expect(await provider.find(here.identity('mine'), here.context)).toBeUndefined();
    expect(await provider.list({ project: 'test', lineage: here.lineage }, here.context)).toHaveLength(1);
    // Done twice is done once.
    await release('mine', spec, mine);
    await end(process);
    await settled();
    expect(here.marked().map(({ pid }) => pid)).toEqual([pidOf(other.attributes)]);
  });

  it('is not started again where it was waiting for that', async () => {
    const spec = here.script('ends.mjs', 'process.exit(1)', {
      restart: { policy: 'always', delay: 2, maxDelay: 2 },
    });
    const made = await start('mine', spec);
    await eventually('a pause', async () => {
      const [seen] = await provider.read([here.record('mine', spec, made)], here.context);
      return seen?.restarting;
    });
    await release('mine', spec, made);
    await sleep(2_200);
    expect(here.marked()).toEqual([]);
    expect(here.cgroups()).toEqual([]);
    expect(readdirSync(join(here.dir, '.pj', 'agent')).filter((name) => name.startsWith('mine@'))).toEqual([]);
  });

  it('needs no agent for it and starts none; a later agent leaves it alone', async () => {
    const spec = service();
    const made = new Map<string, Made>();
    for (const id of ['a', 'b', 'c']) made.set(id, await start(id, spec));
    await killAgent();
    const again = here.provider();
    await Promise.all(['a', 'b'].map((id) => release(id, spec, made.get(id) as Made, again)));
    expect(here.agentPid()).toBeUndefined();
    expect(await reviveAgent(control())).toEqual(['c@1']);
    const [a, b] = ['a', 'b'].map((id) => processOf(made.get(id) as Made));
    await end(a as ProcessIdentity);
    await settled();
    expect(isAlive(b as ProcessIdentity)).toBe(true);
    expect(here.marked()).toHaveLength(2);
  });

  it('is released by the next try when the agent dies at any point of it, and never doubled', async () => {
    const spec = service();
    const places: string[] = [];
    let at = 1;
    for (let died = true; died && at <= 40; at++) {
      const id = `p${at}`;
      const made = await start(id, spec);
      const process = processOf(made);
      await killAgent();
      const mark = join(here.dir, `died-${at}`);
      const dying = here.provider({ env: { PJ_AGENT_CRASH_AT: `${at}:${mark}` } });
      // Should it die before it answers, nobody is there to be told: then it is released without one.
      await dying.watch?.(here.context).catch(() => undefined);
      await release(id, spec, made, dying);
      await dying.close?.();
      died = existsSync(mark);
      if (died) places.push(readFileSync(mark, 'utf8'));
      await reviveAgent(control());
      expect((await active()) ?? []).toEqual([]);
      expect(isAlive(process)).toBe(true);
      await end(process);
      await settled();
      expect(here.marked()).toEqual([]);
    }
    expect(places).toEqual(expect.arrayContaining(['registry:before-release', 'registry:after-release']));
    expect(at).toBeLessThan(40);
  }, 180_000);

  it('keeps its name while it runs: no second one is started beside it, and it is not stopped for one', async () => {
    const spec = service();
    const made = await start('mine', spec);
    const process = processOf(made);
    await release('mine', spec, made);
    const refused = { code: 'PJ5310', details: { id: 'mine', pid: process.pid } };
    await expect(start('mine', spec)).rejects.toMatchObject(refused);
    const checked = await provider.check(
      [{ id: 'mine', spec } as Parameters<Provider['check']>[0][number]],
      here.context,
    );
    expect(checked.get('mine')).toEqual([expect.objectContaining({ severity: 'warning' })]);
    // Another agent knows it too.
    await provider.close?.();
    await eventually('the agent to end', () => here.agentPid() === undefined);
    await expect(start('mine', spec)).rejects.toMatchObject(refused);
    expect(isAlive(process)).toBe(true);
    await end(process);
    const next = await start('mine', spec);
    expect(here.marked().map(({ pid }) => pid)).toEqual([pidOf(next.attributes)]);
    await provider.destroy(here.target('mine', spec, next), { destroyVolumes: false }, here.context);
    expect(here.cgroups()).toEqual([]);
  });

  it('can be taken back, with its whole tree', async () => {
    const child = `import { spawn } from 'node:child_process';
      spawn('/bin/sleep', ['100000'], { stdio: 'ignore', detached: true }); setInterval(() => {}, 1000);`;
    const spec = here.script('family.mjs', child, ALWAYS);
    const made = await start('mine', spec);
    const family = await eventually('both', () => (here.marked().length === 2 ? here.marked() : undefined));
    await release('mine', spec, made);
    const pid = pidOf(made.attributes);
    const back = await provider.adopt?.(
      { identity: here.identity('renamed'), engineId: String(pid), spec },
      here.context,
    );
    if (back === undefined) throw new Error('not taken back');
    expect(back.made.attributes['pid']).toBe(pid);
    expect(await active()).toEqual(['renamed@1']);
    expect(here.marked()).toEqual(family);
    await killAgent();
    expect(await reviveAgent(control())).toEqual(['renamed@1']);
    await provider.destroy(here.target('renamed', spec, back.made), { destroyVolumes: false }, here.context);
    expect(here.marked()).toEqual([]);
    expect(here.cgroups()).toEqual([]);
    expect(readdirSync(join(here.dir, '.pj', 'agent')).filter((name) => name.includes('@'))).toEqual([]);
  });
});
