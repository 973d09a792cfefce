import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Awake, Watched } from '../../../src/agent/awake/contract.ts';
import { MissedSamples } from '../../../src/agent/awake/monitor/missed.ts';
import { Sampler } from '../../../src/agent/awake/sampler.ts';
import type { WorkloadRecord } from '../../../src/model/record.ts';
import type { Provider, Usage } from '../../../src/providers/contract.ts';
import { until } from '../../support/pj.ts';
import { simulatedClock } from './simulated-clock.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'pj-sampler-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A folder as a v2 group has it. */
function group(name: string, usec: number, more: Record<string, string> = {}): string {
  const folder = join(dir, name);
  mkdirSync(folder, { recursive: true });
  const files = { 'cgroup.procs': `${process.pid}\n`, 'cpu.stat': `usage_usec ${usec}\n`, ...more };
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  return folder;
}

function watchedOf(id: string, provider: string, more: Partial<WorkloadRecord> = {}): Watched {
  const record = {
    ...{ id, kind: 'container', provider, generation: 1, spec: {}, handle: { id }, state: 'RUNNING' },
    ...more,
  } as WorkloadRecord;
  return { record, instance: `${id}-1` };
}

function play(
  providers: Record<string, Partial<Provider>>,
  watched: Watched[],
  bounds?: { longest: number; last: number },
) {
  const clock = simulatedClock();
  const log: string[] = [];
  const awake = {
    watched: new Map(watched.map((one) => [one.record.id, one])) as ReadonlyMap<string, Watched>,
    now: clock.now,
    provider: async (name: string) => providers[name] as Provider,
    log: (text: string) => void log.push(text),
    renewed: [] as string[],
    renew: (name: string) => void awake.renewed.push(name),
  };
  const sampler = new Sampler(awake as unknown as Awake, clock, () => undefined, bounds);
  /** One tick, with as much time as it takes, up to so many ms. */
  const tick = async (ms = 1_000) => {
    void sampler.tick(1_000);
    await clock.run(ms);
  };
  return { clock, log, awake, sampler, tick };
}

const idOf = ({ id }: { id: string }) => id;

describe('the sampler', () => {
  it('reads the kernel where its counters are, and asks for the place once', async () => {
    const folder = group('a', 1_000_000);
    let asked = 0;
    const places: Provider['places'] = async (records) => {
      asked += 1;
      return records.map(({ id }) => ({ id, cgroup: { unified: folder }, told: { restarts: 2 } }));
    };
    const { sampler, tick } = play({ fake: { places } }, [watchedOf('a', 'fake')]);
    for (let i = 0; i < 3; i++) await tick();
    expect(sampler.latest.get('a')).toMatchObject({ cpuSeconds: 1, processes: 1, restarts: 2 });
    group('a', 1_500_000);
    await tick();
    expect(sampler.latest.get('a')).toMatchObject({ cpuSeconds: 1.5, cpu: 0.5 });
    group('a', 200_000);
    await tick();
    // A counter that went back begins anew.
    expect(sampler.latest.get('a')).not.toHaveProperty('cpu');
    group('a', 300_000);
    await tick();
    expect(sampler.latest.get('a')?.cpu).toBeCloseTo(0.1);
    expect(asked).toBeLessThanOrEqual(2);
    sampler.rest();
    expect(sampler.latest.size).toBe(0);
  });

  it('leaves the others alone when an engine is slow: its workloads keep the sample they had, and what is missed is counted', async () => {
    let release: (usage: Usage[]) => void = () => undefined;
    let slowly = false;
    let calls = 0;
    const slow: Provider['sample'] = (records) => {
      calls += 1;
      if (!slowly) return Promise.resolve(records.map(({ id }) => ({ id, cpuSeconds: 1, memory: 5 })));
      return new Promise((resolve) => {
        release = resolve;
      });
    };
    const quick: Provider['sample'] = async (records) => records.map(({ id }) => ({ id, memory: 7 }));
    const { sampler, tick } = play({ slow: { sample: slow }, quick: { sample: quick } }, [
      watchedOf('s', 'slow'),
      watchedOf('q', 'quick'),
    ]);
    for (let i = 0; i < 3; i++) await tick();
    const before = sampler.latest.get('s');
    expect(before).toMatchObject({ memory: 5 });
    slowly = true;
    const callsBefore = calls;
    const seen: (string | undefined)[] = [];
    for (let i = 0; i < 5; i++) {
      await tick();
      seen.push(sampler.latest.get('q')?.at);
    }
    expect(new Set(seen).size).toBe(5);
    expect(calls).toBe(callsBefore + 1);
    expect(sampler.latest.get('s')).toBe(before);
    expect(sampler.slow).toEqual({ slow: 4 });
    release([{ id: 's', memory: 9 }]);
    slowly = false;
    await tick();
    expect(sampler.latest.get('s')).toMatchObject({ memory: expect.any(Number) });
    expect(sampler.latest.get('s')).not.toBe(before);
  });

  it('gives up a call that does not end though it was told to: the next goes to a new provider, and what comes of the first after all is not believed', async () => {
    let release: (usage: Usage[]) => void = () => undefined;
    const providers: Record<string, Partial<Provider>> = {
      stuck: {
        sample: () =>
          new Promise<Usage[]>((resolve) => {
            release = resolve;
          }),
      },
    };
    const { sampler, awake, log, tick } = play(providers, [watchedOf('s', 'stuck')], { longest: 20, last: 20 });
    for (let i = 0; i < 3; i++) await tick();
    providers['stuck'] = { sample: async (records) => records.map(({ id }) => ({ id, memory: 7 })) };
    expect(sampler.latest.size).toBe(0);
    await until('the call is given up', () => awake.renewed.length > 0);
    for (let i = 0; i < 3; i++) await tick();
    expect(sampler.latest.get('s')).toMatchObject({ memory: 7 });
    release([{ id: 's', memory: 9 }]);
    await tick();
    expect(sampler.latest.get('s')).toMatchObject({ memory: 7 });
    expect([awake.renewed, log]).toEqual([['stuck'], ['sampling stuck: no answer within 0.02 s']]);
    sampler.rest();
  });

  it('samples as often as monitoring says, and not at all where that is off or nothing runs', async () => {
    const times = new Map<string, number>();
    const sample: Provider['sample'] = async (records) => {
      for (const { id } of records) times.set(id, (times.get(id) ?? 0) + 1);
      return records.map(({ id }) => ({ id, memory: 1 }));
    };
    const { sampler, tick } = play({ fake: { sample } }, [
      watchedOf('each', 'fake'),
      watchedOf('fifth', 'fake', { spec: { monitoring: { interval: 5 } } }),
      watchedOf('off', 'fake', { spec: { monitoring: { enabled: false } } }),
      watchedOf('stopped', 'fake', { state: 'STOPPED' }),
      watchedOf('net', 'fake', { kind: 'network' }),
    ]);
    for (let i = 0; i < 22; i++) await tick();
    expect(times.get('each')).toBeGreaterThanOrEqual(19);
    expect(times.get('fifth')).toBeGreaterThanOrEqual(3);
    expect(times.get('fifth')).toBeLessThanOrEqual(5);
    expect([...times.keys()].sort()).toEqual(['each', 'fifth']);
    expect([...sampler.latest.keys()].sort()).toEqual(['each', 'fifth']);
  });

  it('lives with an engine that fails, and says so once', async () => {
    const sample: Provider['sample'] = async () => {
      throw new Error('the engine is away');
    };
    const { sampler, log, tick } = play({ fake: { sample } }, [watchedOf('a', 'fake')]);
    for (let i = 0; i < 6; i++) await tick();
    expect(log).toEqual(['sampling fake: the engine is away']);
    expect(sampler.latest.size).toBe(0);
    expect(sampler.failures['fake']).toBeGreaterThanOrEqual(3);
  });

  it('knows nothing any more of what an engine tells no more of, until it does again; failures are counted by engine', async () => {
    let away = false;
    const sample: Provider['sample'] = async (records) => {
      if (away) throw new Error('the engine is away');
      return records.map(({ id }) => ({ id, memory: 5 }));
    };
    const { sampler, tick } = play({ fake: { sample } }, [
      watchedOf('a', 'fake'),
      watchedOf('rare', 'fake', { spec: { monitoring: { interval: 10 } } }),
    ]);
    for (let i = 0; i < 24; i++) await tick();
    expect(sampler.failures).toEqual({ fake: 0 });
    expect([...sampler.latest.keys()].sort()).toEqual(['a', 'rare']);
    away = true;
    for (let i = 0; i < 4; i++) await tick();
    expect([...sampler.latest.keys()].sort()).toEqual(['a', 'rare']);
    for (let i = 0; i < 4; i++) await tick();
    expect([...sampler.latest.keys()]).toEqual(['rare']);
    expect(sampler.failures['fake']).toBeGreaterThanOrEqual(8);
    for (let i = 0; i < 30; i++) await tick();
    expect(sampler.latest.size).toBe(0);
    away = false;
    for (let i = 0; i < 24; i++) await tick();
    expect([...sampler.latest.keys()].sort()).toEqual(['a', 'rare']);
  });

  it('counts no OOM kill from the start, so that the first is an increase', async () => {
    const folder = group('a', 1);
    const places: Provider['places'] = async (records) =>
      records.map(({ id }) => ({ id, cgroup: { unified: folder } }));
    const { sampler, tick } = play({ fake: { places } }, [watchedOf('a', 'fake')]);
    for (let i = 0; i < 3; i++) await tick();
    expect(sampler.latest.get('a')).toMatchObject({ oomKills: 0 });
    sampler.rest();
  });

  it('says that nothing runs where a group has gone, counts OOM kills over restarts, and forgets what the state knows no more', async () => {
    const oom = (kills: number) => ({ 'memory.current': '5\n', 'memory.events': `oom_kill ${kills}\n` });
    const folder = group('a', 1, oom(2));
    const places: Provider['places'] = async (records) =>
      records.map(({ id }) => ({ id, cgroup: { unified: folder } }));
    const { sampler, awake, tick } = play({ fake: { places } }, [watchedOf('a', 'fake')]);
    for (let i = 0; i < 3; i++) await tick();
    expect(sampler.latest.get('a')).toMatchObject({ oomKills: 2 });
    // A group that is kept open tells nothing once it has gone.
    writeFileSync(join(folder, 'cgroup.procs'), '');
    await tick();
    expect(sampler.latest.get('a')).toEqual({ at: expect.any(String), processes: 0, oomKills: 2 });
    group('a', 1, oom(1));
    for (let i = 0; i < 5; i++) await tick();
    expect(sampler.latest.get('a')).toMatchObject({ processes: 1, oomKills: 3 });
    awake.watched = new Map();
    await tick();
    expect(sampler.latest.size).toBe(0);
    sampler.rest();
  });

  it('asks each engine of a provider by itself', async () => {
    const asked: string[][] = [];
    const sample: Provider['sample'] = async (records) => {
      asked.push(records.map(idOf));
      return [];
    };
    const engineOf: Provider['engineOf'] = ({ handle }) => String(handle?.['engine']);
    const { tick } = play({ fake: { sample, engineOf } }, [
      watchedOf('a', 'fake', { handle: { engine: 'one' } }),
      watchedOf('b', 'fake', { handle: { engine: 'two' } }),
      watchedOf('c', 'fake', { handle: { engine: 'one' } }),
    ]);
    for (let i = 0; i < 3; i++) await tick();
    expect(asked.slice(-2).map((one) => one.join())).toEqual(['a,c', 'b']);
  });
});

describe('missed samples', () => {
  it('are told once a minute at most, with all since then', async () => {
    const clock = simulatedClock();
    const told: unknown[] = [];
    const activity = { tell: (event: { data?: unknown }) => void told.push(event.data), listen: () => () => undefined };
    const missed = new MissedSamples(activity, clock);
    missed.count(0, {});
    expect(told).toEqual([]);
    missed.count(2, {});
    missed.count(3, { docker: 5 });
    await clock.run(59_000);
    missed.count(4, { docker: 7 });
    expect(told).toEqual([{ ticks: 2, engines: {} }]);
    await clock.run(2_000);
    missed.count(4, { docker: 7 });
    missed.count(4, { docker: 7 });
    expect(told).toEqual([
      { ticks: 2, engines: {} },
      { ticks: 2, engines: { docker: 7 } },
    ]);
  });
});
