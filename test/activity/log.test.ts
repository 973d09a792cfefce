import { spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { activityFile, putAside } from '../../src/activity/files.ts';
import { openActivity } from '../../src/activity/log.ts';
import { readActivity } from '../../src/activity/read.ts';
import { ACTIVITY_TYPES, type ActivityEvent } from '../../src/model/awake.ts';
import { until } from '../support/pj.ts';
import { keepsTo } from '../views/schema.ts';

let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'pj-activity-'));
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

const START = Date.parse('2026-11-29T10:00:00Z');
/** One minute later with each event. */
function log(rotation?: { maxSize: number; keep: number }) {
  let minute = 0;
  return openActivity(project, () => new Date(START + 60_000 * minute++), rotation);
}
const info = (message: string, workload?: string) => ({
  type: 'step_complete' as const,
  severity: 'info' as const,
  message,
  ...(workload === undefined ? {} : { workload }),
});
async function all(options: Parameters<typeof readActivity>[1] = {}): Promise<ActivityEvent[]> {
  const events: ActivityEvent[] = [];
  for await (const event of readActivity(project, options)) events.push(event);
  return events;
}
const messages = async (options?: Parameters<typeof readActivity>[1]) => (await all(options)).map((e) => e.message);

describe('the record of what happens to a project', () => {
  it('is empty where nothing was told, and holds what was told by time, workload, type and number', async () => {
    expect(await messages()).toEqual([]);
    const activity = log();
    activity.tell(info('one', 'web'));
    activity.tell({ ...info('two', 'db'), type: 'health_changed', data: { to: 'unhealthy' } });
    activity.tell(info('three'));
    expect(await all()).toEqual([
      { at: '2026-11-29T10:00:00.000Z', ...info('one', 'web') },
      { at: '2026-11-29T10:01:00.000Z', ...info('two', 'db'), type: 'health_changed', data: { to: 'unhealthy' } },
      { at: '2026-11-29T10:02:00.000Z', ...info('three') },
    ]);
    expect(await messages({ since: START + 60_000 })).toEqual(['two', 'three']);
    expect(await messages({ ids: ['web', 'nobody'] })).toEqual(['one']);
    expect(await messages({ types: ['health_changed'] })).toEqual(['two']);
    expect(await messages({ tail: 2 })).toEqual(['two', 'three']);
    expect(await messages({ tail: 0 })).toEqual([]);
  });

  it('loses the line of a killed writer and not the next; what is no event is left out', async () => {
    const activity = log();
    activity.tell(info('whole'));
    appendFileSync(activityFile(project), '{"at":"2026-11-29T10:00:00Z","type":"step_com');
    activity.tell(info('after it'));
    appendFileSync(activityFile(project), `null\n[]\n\n{"at":"no date","type":"x","severity":"info","message":""}\n`);
    appendFileSync(activityFile(project), `"${'x'.repeat(3 << 20)}"\n`);
    activity.tell(info('last'));
    appendFileSync(activityFile(project), '{"at":"2026-11-29T10:00:00Z"');
    expect(await messages()).toEqual(['whole', 'after it', 'last']);
  });

  it('costs the line and nothing else where the disk is full or the folder has gone; listeners hear it still', async () => {
    const heard: string[] = [];
    const activity = log();
    activity.listen(({ message }) => heard.push(message));
    activity.tell(info('first'));
    rmSync(activityFile(project));
    symlinkSync('/dev/full', activityFile(project));
    activity.tell(info('full'));
    rmSync(activityFile(project));
    activity.tell(info('again'));
    expect(await messages()).toEqual(['again']);
    rmSync(project, { recursive: true });
    activity.tell(info('gone'));
    expect(heard).toEqual(['first', 'full', 'again', 'gone']);
  });

  it('is bounded: a file that gets too long is put aside, and only so many of those are kept', async () => {
    const activity = log({ maxSize: 1000, keep: 3 });
    for (let i = 0; i < 100; i++) activity.tell(info(`event ${i}`));
    expect(putAside(activityFile(project))).toHaveLength(3);
    const left = await messages();
    expect(left.length).toBeGreaterThan(20);
    expect(left).toEqual(Array.from({ length: left.length }, (_, i) => `event ${100 - left.length + i}`));
  });

  it('is followed from the oldest that is still there when the file it was in has been removed meanwhile', async () => {
    const activity = log({ maxSize: 400, keep: 2 });
    activity.tell(info('event 0'));
    const stop = new AbortController();
    const following = readActivity(project, { follow: true, signal: stop.signal, pollMs: 5 });
    expect((await following.next()).value?.message).toBe('event 0');
    for (let i = 1; i < 20; i++) activity.tell(info(`event ${i}`));
    const left = await messages();
    expect(left.length).toBeLessThan(15);
    const heard: string[] = [];
    while (heard.at(-1) !== left.at(-1)) heard.push((await following.next()).value?.message);
    stop.abort();
    expect((await following.next()).done).toBe(true);
    // The rest of its own file it has open.
    expect(heard.slice(-left.length)).toEqual(left);
    expect(new Set(heard).size).toBe(heard.length);
  });

  it('is followed over rotations, several between two looks too, each event once', async () => {
    const activity = log({ maxSize: 400, keep: 50 });
    activity.tell(info('event 0'));
    const stop = new AbortController();
    const heard: string[] = [];
    const followed = (async () => {
      for await (const { message } of readActivity(project, { follow: true, signal: stop.signal, pollMs: 5 }))
        heard.push(message);
    })();
    await until('it has begun', () => heard.length === 1);
    for (let i = 1; i < 60; i++) {
      activity.tell(info(`event ${i}`));
      if (i % 20 === 0) await until('it has come so far', () => heard.length === i + 1);
    }
    await until('all are there', () => heard.length >= 60);
    stop.abort();
    await followed;
    expect(heard).toEqual(Array.from({ length: 60 }, (_, i) => `event ${i}`));
  });

  it('keeps every line of several processes that write and rotate at once', async () => {
    const script = `import { openActivity } from '${resolve('src/activity/log.ts')}';
      const activity = openActivity(${JSON.stringify(project)}, () => new Date(), { maxSize: 2000, keep: 1000 });
      for (let i = 0; i < 300; i++) activity.tell({ type: 'step_complete', severity: 'info', message: process.argv[1] + ' ' + i });`;
    activity0();
    const codes = await Promise.all(
      ['a', 'b', 'c'].map(
        (name) =>
          new Promise((done, fail) => {
            const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script, name], {
              stdio: ['ignore', 'ignore', 'inherit'],
            });
            child.on('error', fail);
            child.on('close', done);
          }),
      ),
    );
    expect(codes).toEqual([0, 0, 0]);
    const told = await messages();
    expect(told).toHaveLength(901);
    expect(new Set(told).size).toBe(901);
    expect(putAside(activityFile(project)).length).toBeGreaterThan(10);
  });
});

/** The folder is there before many come. */
const activity0 = (): void => log().tell(info('begin'));

describe('schemas/activity.json', () => {
  it('names every type there is, and every event keeps to it', async () => {
    const schema = JSON.parse(readFileSync('schemas/activity.json', 'utf8'));
    expect(schema.properties.type.enum).toEqual([...ACTIVITY_TYPES]);
    const keeps = await keepsTo('activity');
    const activity = log();
    for (const type of ACTIVITY_TYPES) {
      activity.tell({ type, severity: 'warning', message: type });
      activity.tell({ type, severity: 'error', message: type, workload: 'web', data: { a: [1, { b: null }] } });
    }
    const events = await all();
    expect(events).toHaveLength(2 * ACTIVITY_TYPES.length);
    for (const event of events) keeps(event);
    expect(() => keeps({ ...events[0], type: 'no_such_type' })).toThrow();
    expect(() => keeps({ ...events[0], at: 5 })).toThrow();
    expect(readdirSync(join(project, '.pj'))).toEqual(['events.ndjson']);
  });
});
