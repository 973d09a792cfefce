import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Awake, Watched } from '../../../../src/agent/awake/contract.ts';
import { LogFollow } from '../../../../src/agent/awake/telemetry/log-follow.ts';
import { Places } from '../../../../src/agent/awake/telemetry/places.ts';
import type { WorkloadRecord } from '../../../../src/model/record.ts';
import type { LogRecords } from '../../../../src/telemetry/log-records.ts';

let dir = '';
let path = '';
let follow: LogFollow;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'pj-follow-'));
  mkdirSync(join(dir, '.pj'));
  path = join(dir, 'web.out.log');
});
afterEach(() => {
  follow.close();
  rmSync(dir, { recursive: true, force: true });
});

/** A follow of one workload into a queue of so many lines, beside such providers of streams as there are. */
function play(room: number, ids: readonly string[] = ['web'], streams = false) {
  const queue = { room, got: [] as string[] };
  const records = {
    get room() {
      return queue.got.length < queue.room;
    },
    line: ({ text }: { text: string }) => void queue.got.push(text),
    event: () => undefined,
  };
  const watched = new Map<string, Watched>(
    ids.map((id) => {
      const record = { id, kind: 'native', provider: 'fake', state: 'RUNNING' } as WorkloadRecord;
      return [id, { record, instance: 'i' }];
    }),
  );
  const state = { time: 0, log: [] as string[], watched };
  const provider = streams
    ? {
        capabilities: { logs: true },
        logs: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }) }),
      }
    : { capabilities: {}, logFiles: () => [path] };
  const awake = {
    project: dir,
    get watched() {
      return state.watched;
    },
    ...{ now: () => new Date(), monotonic: () => state.time, provider: async () => provider },
    log: (text: string) => void state.log.push(text),
  } as unknown as Awake;
  const places = new Places({ read: () => ({}), write: () => undefined });
  follow = new LogFollow(awake, records as unknown as LogRecords, places, true);
  return { queue, state };
}

it('what a workload that is no more has written is still read when there is room for it', async () => {
  const { queue, state } = play(2);
  writeFileSync(path, 'a\nb\nc\nd\n');
  await follow.changed();
  await follow.tick();
  expect(queue.got).toEqual(['a', 'b']);
  state.watched = new Map();
  await follow.changed();
  state.time = 30_000;
  queue.room = 9;
  await follow.tick();
  expect(queue.got).toEqual(['a', 'b', 'c', 'd']);
  expect(follow.figures()).toEqual({ lostBytes: 0, unfollowed: 0 });
});

it('it is waited with for a while, and the rest is counted as lost', async () => {
  const { queue, state } = play(1);
  writeFileSync(path, 'a\nb\nc\nd\n');
  await follow.changed();
  await follow.tick();
  state.watched = new Map();
  await follow.changed();
  state.time = 59_000;
  await follow.tick();
  expect(follow.figures().lostBytes).toBe(0);
  state.time = 61_000;
  await follow.tick();
  expect(follow.figures().lostBytes).toBe(6);
  queue.room = 9;
  await follow.tick();
  expect(queue.got).toEqual(['a']);
});

it('one that comes again meanwhile goes on where it was', async () => {
  const { queue, state } = play(1);
  const { watched } = state;
  writeFileSync(path, 'a\nb\n');
  await follow.changed();
  await follow.tick();
  state.watched = new Map();
  await follow.changed();
  state.watched = watched;
  await follow.changed();
  state.time = 100_000;
  queue.room = 9;
  await follow.tick();
  expect(queue.got).toEqual(['a', 'b']);
  expect(follow.figures().lostBytes).toBe(0);
});

it('says once that there are more than can be followed', async () => {
  const { state } = play(
    9,
    Array.from({ length: 203 }, (_, i) => `w${i}`),
    true,
  );
  await follow.changed();
  await follow.changed();
  expect(follow.figures().unfollowed).toBe(3);
  expect(state.log).toEqual([
    'telemetry: the output of 3 workloads is not sent: engines are asked for that of 200 at once',
  ]);
});
