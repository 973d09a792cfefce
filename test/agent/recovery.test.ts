import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { agentStatus, reviveAgent } from '../../src/agent/control.ts';
import type { Entry } from '../../src/agent/entry.ts';
import { readEntryFile } from '../../src/agent/entry-file.ts';
import type { Spec } from '../../src/model/spec.ts';
import { isAlive } from '../../src/os/identity.ts';
import type { Made, Provider } from '../../src/providers/contract.ts';
import { buildAgent, eventually, type Ground, ground, killNow, logOf, pidOf } from './ground.ts';

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

const start = async (id: string, spec: Spec, stored = spec): Promise<Made> => {
  const created = await provider.create(here.target(id, spec, { stored }), here.context);
  return provider.start(here.target(id, spec, { ...created, stored }), here.context);
};
const read = async (id: string, spec: Spec, made: Made, by = provider) => {
  const [seen] = await by.read([here.record(id, spec, made)], here.context);
  if (seen === undefined) throw new Error('nothing read');
  return seen;
};
const killAgent = async () => {
  const pid = await eventually('an agent', () => here.agentPid());
  killNow(pid);
  await eventually('it is dead', () => here.agentPid() === undefined);
};
const revive = () => reviveAgent({ project: here.dir, env: here.env, version: '0.0.0-test', agentEntry: agent.entry });
const entryFile = (id: string) => join(here.dir, '.pj', 'agent', `${id}@1.json`);
const entryOf = (id: string): Entry => readEntryFile(entryFile(id));
const hidden = (secret: string) => ({ $sensitive: { parts: [{ secret }], digest: 'd' } }) as unknown as string;
const COUNTS = `let n = 0; setInterval(() => console.log(++n), 5)`;

describe('an agent that is killed', () => {
  it('loses no workload and no line: all is taken back with the same pids', async () => {
    const spec = here.script('count.mjs', COUNTS);
    const made = new Map<string, Made>();
    for (const id of ['a', 'b', 'c']) made.set(id, await start(id, spec));
    await eventually('output', () => logOf(here.dir, 'c').includes('20\n'));
    await killAgent();
    expect((await read('a', spec, made.get('a') as Made)).detail).toBe('no agent watches it');
    expect(await agentStatus({ project: here.dir, env: here.env, version: '' })).toEqual({
      running: false,
      unwatched: ['a@1', 'b@1', 'c@1'],
    });
    expect((await revive()).sort()).toEqual(['a@1', 'b@1', 'c@1']);
    for (const [id, one] of made) {
      const seen = await read(id, spec, one, here.provider());
      expect([id, seen.status, pidOf(seen.attributes)]).toEqual([id, 'running', pidOf(one.attributes)]);
      expect(seen.detail).toBeUndefined();
      const length = logOf(here.dir, id).length;
      await eventually('the log goes on', () => logOf(here.dir, id).length > length + 20);
      const lines = logOf(here.dir, id).split('\n').slice(0, -1).map(Number);
      expect(lines).toEqual(lines.map((_, i) => i + 1));
    }
  });

  it('in the middle of writing an entry loses nothing: the line before counts', async () => {
    const spec = here.script('stay.mjs', 'setInterval(() => {}, 1e6)');
    const made = await start('a', spec);
    await killAgent();
    const before = readFileSync(entryFile('a'), 'utf8');
    writeFileSync(entryFile('a'), `${before}\n{"version":1,`);
    writeFileSync(`${entryFile('a')}.tmp`, '{"version":1,');
    expect(await revive()).toEqual(['a@1']);
    const seen = await read('a', spec, made);
    expect([seen.status, pidOf(seen.attributes)]).toEqual(['running', pidOf(made.attributes)]);
    await provider.stop(here.target('a', spec, made), here.context);
    expect(entryOf('a').phase).toBe('stopped');
    await killAgent();
    expect((await read('a', spec, made)).status).toBe('stopped');
  });

  it('has written many times keeps the file short', async () => {
    const spec = here.script('stay.mjs', 'setInterval(() => {}, 1e6)');
    const made = await start('a', spec);
    await killAgent();
    writeFileSync(entryFile('a'), `${`\n${'x'.repeat(1023)}`.repeat(64)}\n${JSON.stringify(entryOf('a'))}`);
    await provider.stop(here.target('a', spec, made), here.context);
    expect(readFileSync(entryFile('a'), 'utf8').length).toBeLessThan(8192);
    expect(entryOf('a').phase).toBe('stopped');
  });

  it('still restarts what it took back, and says that the exit is unknown', async () => {
    const spec = here.script('stay.mjs', 'setInterval(() => {}, 1e6)', { restart: { delay: 2.5, maxAttempts: 9 } });
    const made = await start('a', spec);
    await killAgent();
    await revive();
    killNow(pidOf(made.attributes));
    const dead = await eventually('it is noticed', async () => {
      const now = await read('a', spec, made);
      return now.status === 'dead' ? now : undefined;
    });
    expect(dead.detail).toMatch(/^exit unknown; the agent starts it again/);
    const back = await eventually('it is back', async () => {
      const now = await read('a', spec, made);
      return now.status === 'running' ? now : undefined;
    });
    expect(pidOf(back.attributes)).not.toBe(pidOf(made.attributes));
    expect(back.handle).toEqual(made.handle);
  });

  it('restarts what ended while none was there', async () => {
    const spec = here.script('stay.mjs', 'setInterval(() => {}, 1e6)', { restart: { delay: 0.01 } });
    const made = await start('a', spec);
    await killAgent();
    killNow(pidOf(made.attributes));
    await eventually('it is dead', async () => (await read('a', spec, made)).status === 'dead');
    const unwatched = await read('a', spec, made);
    expect([unwatched.detail, unwatched.since]).toEqual(['exit unknown: no agent watched it', undefined]);
    await revive();
    await eventually('it is back', async () => (await read('a', spec, made)).status === 'running');
  });

  it('tells when something ended only where somebody saw it', async () => {
    const spec = here.script('stay.mjs', 'setInterval(() => {}, 1e6)', { restart: { policy: 'no' } });
    const [seen, unseen] = [await start('seen', spec), await start('unseen', spec)];
    await killAgent();
    killNow(pidOf(unseen.attributes));
    await revive();
    const before = Date.now();
    killNow(pidOf(seen.attributes));
    const dead = (id: string, made: Made) =>
      eventually('it is told as dead', async () => {
        const now = await read(id, spec, made);
        return now.status === 'dead' ? now : undefined;
      });
    expect(await dead('unseen', unseen)).toMatchObject({ detail: 'exit unknown' });
    expect((await dead('unseen', unseen)).since).toBeUndefined();
    const noticed = Date.parse((await dead('seen', seen)).since ?? '');
    expect(noticed).toBeGreaterThanOrEqual(before);
    expect(noticed).toBeLessThan(before + 30_000);
  });

  it('finishes a stop that it was killed in', async () => {
    const spec = here.script(
      'slow.mjs',
      `process.on('SIGTERM', () => {}); setInterval(() => {}, 1e6); console.log('up')`,
      {
        stop: { gracePeriod: 2 },
      },
    );
    const made = await start('slow', spec);
    await eventually('it is up', () => logOf(here.dir, 'slow') !== '');
    const stopping = provider.stop(here.target('slow', spec, made), here.context);
    await eventually('it is being stopped', () => entryOf('slow').phase === 'stopping');
    await killAgent();
    await stopping;
    expect((await read('slow', spec, made)).status).toBe('stopped');
    expect(here.marked()).toEqual([]);
  });
});

describe('secrets after a kill of the agent', () => {
  const canary = `canary-${process.hrtime.bigint()}`;
  const withSecret = (script: Spec, env: string): Spec => ({ ...script, env: { TOKEN: env } });

  it('are learnt back from the running process, and are in no file meanwhile', async () => {
    const script = here.script('tell.mjs', `console.log('up', process.env.TOKEN.length); setInterval(() => {}, 1e6)`, {
      restart: { delay: 0.01 },
    });
    const made = await start('a', withSecret(script, canary), withSecret(script, hidden('token')));
    const agentPid = here.agentPid() ?? 0;
    expect(readFileSync(`/proc/${agentPid}/cmdline`, 'utf8')).not.toContain(canary);
    expect(readFileSync(`/proc/${agentPid}/environ`, 'utf8')).not.toContain(canary);
    await eventually('it has spoken', () => logOf(here.dir, 'a').includes('up'));
    await killAgent();
    await revive();
    killNow(pidOf(made.attributes));
    await eventually('it is back', () => logOf(here.dir, 'a').match(/up/g)?.length === 2);
    expect(logOf(here.dir, 'a')).toBe(`up ${canary.length}\n`.repeat(2));
    for (const file of readdirSync(join(here.dir, '.pj'), { recursive: true, withFileTypes: true })) {
      if (file.isFile()) expect(readFileSync(join(file.parentPath, file.name), 'utf8')).not.toContain(canary);
    }
  });

  it('that cannot be learnt back make a restart fail, and say what to do', async () => {
    const script = here.script('stay.mjs', 'setInterval(() => {}, 1e6)', { restart: { delay: 0.01 } });
    const made = await start('a', withSecret(script, canary), withSecret(script, hidden('token')));
    await killAgent();
    killNow(pidOf(made.attributes));
    await eventually('it is dead', () => here.marked().length === 0);
    await revive();
    const seen = await eventually('it has failed', async () => {
      const now = await read('a', script, made);
      return now.detail?.includes('secret') ? now : undefined;
    });
    expect(seen.status).toBe('dead');
    expect(seen.detail).toBe('exit unknown; secret token is not available here: run pj apply');
    const again = await provider.start(
      here.target('a', withSecret(script, canary), { ...made, stored: withSecret(script, hidden('token')) }),
      here.context,
    );
    expect((await read('a', script, again)).status).toBe('running');
  });
});

describe('a process that is not what the registry says', () => {
  it('is never signalled: a pid that was given to another since', async () => {
    const spec = here.script('stay.mjs', 'setInterval(() => {}, 1e6)', { restart: { policy: 'no' } });
    const made = await start('a', spec);
    const stranger = await start('b', spec);
    await killAgent();
    const entry = entryOf('a');
    killNow(pidOf(made.attributes));
    // The registry now names b's process with a start time that is not its own: as after a reuse of the pid.
    const forged = { ...entry, process: { ...entry.process, pid: pidOf(stranger.attributes), startTime: '1' } };
    writeFileSync(entryFile('a'), JSON.stringify(forged));
    expect((await read('a', spec, made)).status).toBe('dead');
    await provider.stop(here.target('a', spec, made), here.context);
    await provider.destroy(here.target('a', spec, made), { destroyVolumes: true }, here.context);
    const seen = await read('b', spec, stranger);
    expect([seen.status, pidOf(seen.attributes)]).toEqual(['running', pidOf(stranger.attributes)]);
  });

  it('is left alone where the registry is damaged, and the rest goes on', async () => {
    const spec = here.script('stay.mjs', 'setInterval(() => {}, 1e6)');
    const made = await start('a', spec);
    const other = await start('b', spec);
    await killAgent();
    writeFileSync(entryFile('a'), '{"version":1,');
    await revive();
    expect((await read('b', spec, other)).status).toBe('running');
    expect((await read('a', spec, made)).status).toBe('gone');
    const listed = await provider.list({ project: 'test', lineage: here.lineage }, here.context);
    const orphan = listed.find(({ found }) => !found.whole);
    expect(orphan).toMatchObject({ identity: { id: 'a', generation: 1 }, found: { status: 'running' } });
    expect(orphan?.found.attributes['pid']).toBe(pidOf(made.attributes));
    expect(logOf(here.dir, 'a').length).toBe(0);
    expect(readFileSync(join(here.dir, '.pj', 'logs', 'agent.log'), 'utf8')).toContain('a@1.json cannot be read');
  });
});

describe('an agent that is killed at any instant of starts', () => {
  const spec = (): Spec => here.script('stay.mjs', 'setInterval(() => {}, 1e6)', { stop: { gracePeriod: 1 } });

  /** Every workload runs once, under the mark that the registry has; nothing else does. */
  const expectWhole = async (ids: string[]) => {
    const fresh = here.provider();
    for (const id of ids) {
      const found = await fresh.find(here.identity(id), here.context);
      expect([id, found?.status]).toEqual([id, 'running']);
    }
    const owners = here.marked().map(({ marker }) => marker.split('/')[1]);
    expect(owners.sort()).toEqual([...ids].sort());
    for (const id of ids) {
      const { process: identity } = entryOf(id);
      expect(identity !== null && isAlive(identity)).toBe(true);
    }
  };

  it('has 0 orphans and 0 duplicates after 100 kills at random instants while 20 workloads start', async () => {
    const one = spec();
    const ids = Array.from({ length: 20 }, (_, i) => `w${i}`);
    let kills = 0;
    let stop = false;
    const killer = (async () => {
      while (!stop && kills < 100) {
        await sleep(Math.random() * 120);
        const pid = here.agentPid();
        if (pid === undefined) continue;
        killNow(pid);
        kills += 1;
      }
    })();
    // As often as a user would run apply again; each call of the provider starts a new agent if need be.
    const deadline = Date.now() + 240_000;
    while (kills < 100 && Date.now() < deadline) {
      const results = await Promise.allSettled(ids.map((id) => start(id, one)));
      if (results.every((result) => result.status === 'fulfilled')) {
        await Promise.allSettled(ids.map((id) => provider.stop(here.target(id, one), here.context)));
      }
    }
    stop = true;
    await killer;
    expect(kills).toBe(100);
    for (const id of ids) await start(id, one);
    await expectWhole(ids);
  }, 300_000);

  it('has none either when it dies before or after any single write or spawn', async () => {
    const one = spec();
    let at = 1;
    for (let died = true; died && at <= 60; at++) {
      const id = `p${at}`;
      const mark = join(here.dir, `died-${at}`);
      const dying = here.provider({ env: { PJ_AGENT_CRASH_AT: `${at}:${mark}` } });
      // One agent dies, the next one is told again what was asked of it.
      const created = await dying.create(here.target(id, one), here.context);
      await dying.start(here.target(id, one, created), here.context);
      await dying.close?.();
      died = existsSync(mark);
      const made = await start(id, one);
      expect(here.marked().map(({ marker }) => marker.split('/')[1])).toEqual([id]);
      await provider.stop(here.target(id, one, made), here.context);
      await provider.destroy(here.target(id, one, made), { destroyVolumes: true }, here.context);
      expect(here.marked()).toEqual([]);
      expect(here.cgroups()).toEqual([]);
      await killAgent();
    }
    // Three places at the first write and two at each of two more, and two round the spawn.
    expect(at).toBeGreaterThan(8);
    expect(at).toBeLessThan(60);
  }, 300_000);
});
