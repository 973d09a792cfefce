import { appendFileSync, existsSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { activityFile, putAside } from '../../../../src/activity/files.ts';
import { openActivity } from '../../../../src/activity/log.ts';
import { Counts } from '../../../../src/agent/awake/metrics/counts.ts';
import { ActivityTail } from '../../../../src/agent/awake/metrics/tail.ts';
import { count, emptyTally, prune, readTally } from '../../../../src/agent/awake/metrics/tally.ts';
import type { ActivityEvent, ActivityType } from '../../../../src/model/awake.ts';
import type { JsonObject } from '../../../../src/model/json.ts';
import { Ground } from './ground.ts';

let ground: Ground;
let file: string;
beforeEach(() => {
  ground = new Ground();
  file = activityFile(ground.dir);
});
afterEach(() => ground.clear());

const event = (type: ActivityType, data: JsonObject = {}, workload?: string): ActivityEvent => ({
  ...{ at: '2026-11-29T00:00:00.000Z', type, severity: 'info', message: 'it was', data },
  ...(workload === undefined ? {} : { workload }),
});
const line = (type: ActivityType = 'step_complete'): string => `${JSON.stringify(event(type, { action: 'start' }))}\n`;
const types = (tail: ActivityTail): string[] => tail.read().events.map(({ type }) => type);

describe('the tail of the events', () => {
  it('gives each line once, a torn one when it is whole, and waits for a file that is not there', () => {
    const tail = new ActivityTail(ground.dir);
    expect(types(tail)).toEqual([]);
    writeFileSync(file, line() + line('rebooted').slice(0, 20));
    expect(types(tail)).toEqual(['step_complete']);
    expect(types(tail)).toEqual([]);
    appendFileSync(file, line('rebooted').slice(20));
    expect(types(tail)).toEqual(['rebooted']);
    expect(types(tail)).toEqual([]);
    tail.close();
  });

  it('reads a file that was put aside to its end before the new one', () => {
    writeFileSync(file, line());
    const tail = new ActivityTail(ground.dir);
    expect(types(tail)).toEqual(['step_complete']);
    appendFileSync(file, line('agent_started'));
    renameSync(file, `${file}.1-abcd`);
    writeFileSync(file, line('rebooted'));
    expect(types(tail)).toEqual(['agent_started']);
    expect(tail.read()).toEqual({ events: [], more: true });
    expect(types(tail)).toEqual(['rebooted']);
    tail.close();
  });

  it('goes on where one before it ended, in a file that was put aside meanwhile', () => {
    writeFileSync(file, line());
    const before = new ActivityTail(ground.dir);
    before.read();
    const { position } = before;
    before.close();
    if (position === undefined) throw new Error('no position');
    appendFileSync(file, line('agent_started'));
    renameSync(file, `${file}.1-abcd`);
    writeFileSync(file, line('rebooted'));
    const tail = new ActivityTail(ground.dir, position);
    expect([types(tail), types(tail), types(tail)]).toEqual([['agent_started'], [], ['rebooted']]);
    tail.close();
  });

  it.each([3, 9])(
    'loses nothing that is still there over many rotations between two looks, of which %i are kept',
    (keep) => {
      const told = (numbers: number[]): void => {
        const activity = openActivity(ground.dir, () => new Date(), { maxSize: 300, keep });
        for (const n of numbers) activity.tell({ type: 'step_complete', severity: 'info', message: `event ${n}` });
      };
      const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
      const there = (): number[] =>
        [...putAside(file), file].flatMap((path) => {
          const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
          return [...text.matchAll(/event (\d+)/g)].map(([, n]) => Number(n));
        });
      const seen = (tail: ActivityTail): number[] => {
        const all: number[] = [];
        for (let more = true; more; ) {
          const read = tail.read();
          all.push(...read.events.map(({ message }) => Number(/\d+/.exec(message)?.[0])));
          more = read.more;
        }
        return all;
      };
      told(range(0, 9));
      expect(putAside(file).length).toBeGreaterThan(1);
      const tail = new ActivityTail(ground.dir);
      // What was put aside before it began too.
      expect(seen(tail)).toEqual(there());
      const [before, held] = [tail.position, there()];
      told(range(9, 24));
      expect(putAside(file).length).toBeGreaterThan(2);
      const since = there().filter((n) => n >= 9);
      expect(since.length).toBeGreaterThan(5);
      // And what it has open still.
      const got = seen(tail);
      expect(got.slice(-since.length)).toEqual(since);
      expect(got).toEqual([...new Set(got)].filter((n) => n >= 9));
      expect(seen(tail)).toEqual([]);
      tail.close();
      // And by the next one, from where that one had been, though its file may be gone by now.
      const next = new ActivityTail(ground.dir, before);
      expect(seen(next)).toEqual(there().filter((n) => !held.includes(n)));
      // Between a rotation and the first line of the next file, and when those put aside are removed, so that numbers begin anew.
      if (existsSync(file)) renameSync(file, `${file}.900-abcd`);
      expect(seen(next)).toEqual([]);
      told([24]);
      expect(seen(next)).toEqual([24]);
      for (const path of putAside(file)) rmSync(path);
      told(range(25, 31));
      expect(seen(next)).toEqual(range(25, 31));
      const last = next.position;
      next.close();
      const after = new ActivityTail(ground.dir, last);
      expect(seen(after)).toEqual([]);
      told([31]);
      expect(seen(after)).toEqual([31]);
      after.close();
    },
  );

  it('begins anew in a file that was emptied, and passes over what is no event', () => {
    writeFileSync(file, `no json\n[1]\n{"type":7}\n${'x'.repeat(3 << 20)}\n${line()}`);
    const tail = new ActivityTail(ground.dir);
    const seen: string[] = [];
    for (let more = true; more; ) {
      const read = tail.read();
      seen.push(...read.events.map(({ type }) => type));
      more = read.more;
    }
    for (let i = 0; i < 6; i++) seen.push(...types(tail));
    expect(seen).toEqual(['step_complete']);
    truncateSync(file);
    appendFileSync(file, line('rebooted'));
    expect(types(tail)).toEqual(['rebooted']);
    tail.close();
  });
});

describe('the counts', () => {
  it('are those of the whole file at first', () => {
    writeFileSync(file, line().repeat(5));
    const counts = new Counts(ground.awake());
    expect(counts.tally.events).toEqual({ step_complete: 5 });
    expect(counts.tally.steps).toEqual({ 'start done': 5 });
    counts.end();
  });

  it('lose nothing and count nothing twice over a kill -9, whenever it comes', () => {
    let written = 0;
    for (let life = 0; life < 5; life++) {
      const counts = new Counts(ground.awake());
      for (let i = 0; i < 7; i++) {
        appendFileSync(file, line());
        written += 1;
        ground.time += 4_000; // It keeps now and then.
        counts.tick();
        expect(counts.tally.events['step_complete']).toBe(written);
      }
      // No end(): it was killed.
    }
    const counts = new Counts(ground.awake());
    expect(counts.tally.events['step_complete']).toBe(written);
    counts.end();
  });

  it('begin anew where what was kept is none', () => {
    writeFileSync(file, line());
    ground
      .awake()
      .keep('metrics')
      .write({ tally: { events: 7 }, read: { inode: 1, offset: 9, after: 0 } });
    const counts = new Counts(ground.awake());
    expect(counts.tally.events).toEqual({ step_complete: 1 });
    counts.end();
  });

  it('tell since when they count, the same after a kill -9', () => {
    const at = Date.parse('2026-11-29T00:00:00.000Z');
    writeFileSync(file, line());
    const first = new Counts(ground.awake());
    expect(first.tally.since).toBe(at - 1);
    first.tick();
    // It was killed; what was counted is in no file any more.
    writeFileSync(file, `${JSON.stringify({ ...event('rebooted'), at: '2026-11-29T03:00:00.000Z' })}\n`);
    const next = new Counts(ground.awake());
    expect(next.tally).toMatchObject({ since: at - 1, events: { step_complete: 1, rebooted: 1 } });
    next.end();
  });

  it('count since now where nothing has happened yet', () => {
    const before = Date.now();
    const counts = new Counts(ground.awake());
    expect(counts.tally.since).toBeGreaterThanOrEqual(before);
    const { since } = counts.tally;
    writeFileSync(file, line());
    counts.tick();
    counts.end();
    const next = new Counts(ground.awake());
    expect(next.tally).toMatchObject({ since, events: { step_complete: 1 } });
    next.end();
  });

  it('begin anew at 0, with what comes after, where what was kept does not say since when', () => {
    writeFileSync(file, line().repeat(3));
    const old = new Counts(ground.awake());
    old.end();
    const keep = ground.awake().keep('metrics');
    const kept = keep.read() as { tally: JsonObject; read: JsonObject };
    const { since: _, ...tally } = kept.tally;
    keep.write({ ...kept, tally });
    appendFileSync(file, `${JSON.stringify({ ...event('rebooted'), at: '2026-11-29T03:00:00.000Z' })}\n`);
    const counts = new Counts(ground.awake());
    expect(counts.tally.events).toEqual({ rebooted: 1 });
    expect(counts.tally.since).toBe(Date.parse('2026-11-29T03:00:00.000Z') - 1);
    counts.end();
  });

  it('name the action that a quota asks for where the event does not', () => {
    const enforcement = { cpu: { action: 'THROTTLE' as const } };
    ground.add('web', 'native', { spec: { resources: { cpu: 1, enforcement } } });
    writeFileSync(file, `${JSON.stringify(event('quota_violated', { resource: 'cpu' }, 'web'))}\n`);
    const counts = new Counts(ground.awake());
    expect(counts.tally.quotas).toMatchObject({ web: { violations: { 'cpu THROTTLE': 1 }, actions: {} } });
    counts.end();
  });
});

describe('the tally', () => {
  it('makes no label of what it does not know', () => {
    const tally = emptyTally();
    const odd = 'x"} 1\nfake_metric 1';
    count(tally, event(odd as ActivityType));
    count(tally, event('apply_complete', { outcome: odd, actions: { [odd]: 1 }, seconds: -1 }));
    count(tally, event('step_complete', { action: odd }));
    count(tally, event('quota_violated', { resource: odd, action: odd }, 'web'));
    count(tally, event('quota_violated', { resource: 'cpu', action: 'KILL' }));
    expect(JSON.stringify(tally)).not.toContain('fake_metric');
    expect(tally.quotas).toMatchObject({ web: { violations: { 'other other': 1 }, actions: {} } });
    expect(tally.applies['other']).toMatchObject({ count: 1, sum: 0 });
  });

  it('takes names of Object.prototype for names', () => {
    const tally = emptyTally();
    count(tally, event('apply_complete', { outcome: 'constructor', actions: { toString: 2 }, seconds: 1 }));
    expect(tally.planned['toString']).toBe(2);
    expect(tally.applies['constructor']).toMatchObject({ count: 1 });
  });

  it('counts what was acted, not what failed and is tried again', () => {
    const tally = emptyTally();
    count(tally, event('quota_action', { resource: 'cpu', action: 'KILL', ok: false }, 'web'));
    count(tally, event('quota_action', { resource: 'cpu', action: 'KILL', ok: true }, 'web'));
    expect(tally.actions).toEqual({ kill: 1 });
    expect(tally.quotas['web']?.actions).toEqual({ 'cpu KILL': 1 });
    prune(tally, () => false);
    expect(tally.quotas).toEqual({});
    // Another workload under that id has not been there since then.
    const { at: _, ...later } = event('quota_violated', { resource: 'cpu', action: 'KILL' }, 'web');
    count(tally, { ...later, at: '2026-11-29T05:00:00.000Z' });
    expect(tally.quotas['web']?.since).toBe(Date.parse('2026-11-29T05:00:00.000Z') - 1);
  });

  it('puts each duration into one bucket', () => {
    const tally = emptyTally();
    for (const seconds of [0.05, 0.1, 0.3, 5_000]) count(tally, event('lock_waited', { seconds }));
    expect(tally.lockWaits.count).toBe(4);
    expect(tally.lockWaits.sum).toBeCloseTo(5_000.45);
    expect(tally.lockWaits.buckets.slice(0, 3)).toEqual([2, 0, 1]);
    expect(tally.lockWaits.buckets.reduce((a, b) => a + b)).toBe(3);
  });

  it('survives JSON, and is empty for what is none', () => {
    const tally = emptyTally();
    count(tally, event('lock_waited', { seconds: 1 }));
    expect(readTally(JSON.parse(JSON.stringify(tally)))).toEqual(tally);
    for (const none of [undefined, null, 3, [], {}, { events: {} }]) expect(readTally(none)).toEqual(emptyTally());
  });
});
