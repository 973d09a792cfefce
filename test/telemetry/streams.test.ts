import { expect, it } from 'vitest';
import { Streams } from '../../src/telemetry/streams.ts';

/** Reads one counter of `web` as one agent does. */
function agent() {
  const streams = new Streams();
  return {
    streams,
    tell(now: number, value: number, { since, instance = 'a' }: { since?: number; instance?: string } = {}) {
      streams.keep(new Set(['web']));
      return streams.next('web', 'cpu', { instance, value, since }, now);
    },
  };
}

it('whatever agent tells it, a counter has the start at which it stood at 0', () => {
  const one = agent();
  expect(one.tell(1_000, 5, { since: 200 })).toEqual({ start: 200, value: 5 });
  expect(one.tell(2_000, 7, { since: 200 })).toEqual({ start: 200, value: 7 });
  expect(agent().tell(3_000, 9, { since: 200 })).toEqual({ start: 200, value: 9 });
});

it('one that begins anew has its own start, also where it counts more by then than the one before', () => {
  const { tell } = agent();
  tell(1_000, 5, { since: 200 });
  expect(tell(2_000, 3, { since: 1_500 })).toEqual({ start: 1_500, value: 3 });
  expect(tell(3_000, 30, { since: 2_500 })).toEqual({ start: 2_500, value: 30 });
  // Changed in place it is another instance, and the same run.
  expect(tell(4_000, 31, { since: 2_500, instance: 'b' })).toEqual({ start: 2_500, value: 31 });
});

it('what engine and kernel, each by its clock, say of the start of one run is one start', () => {
  const { tell } = agent();
  tell(1_000, 5, { since: 200 });
  expect(tell(2_000, 6, { since: 460 })).toEqual({ start: 200, value: 6 });
  expect(tell(3_000, 7)).toEqual({ start: 200, value: 7 });
});

it('what is back at 0 before its start is known counts from the last export on, and goes on so once it is', () => {
  const { tell } = agent();
  tell(1_000, 5, { since: 200 });
  tell(2_000, 6, { since: 200 });
  expect(tell(3_000, 1, { since: 200 })).toEqual({ start: 2_000, value: 1 });
  expect(tell(4_000, 2, { since: 2_500 })).toEqual({ start: 2_000, value: 2 });
  expect(tell(5_000, 1, { since: 4_500 })).toEqual({ start: 4_500, value: 1 });
});

it('where nobody knows its start the first point adds nothing, and is told again until a collector has it', () => {
  const { streams, tell } = agent();
  expect(tell(1_000, 5)).toEqual({ start: 1_000, value: 5 });
  expect(tell(2_000, 6)).toEqual({ start: 2_000, value: 6 });
  streams.taken();
  expect(tell(3_000, 7)).toEqual({ start: 2_000, value: 7 });
  // It goes on from where it was.
  expect(tell(4_000, 1)).toEqual({ start: 2_000, value: 8 });
  expect(tell(5_000, 3, { instance: 'b' })).toEqual({ start: 2_000, value: 11 });
  expect(tell(6_000, 4, { instance: 'b' })).toEqual({ start: 2_000, value: 12 });
  // That what is told of began before is no news; another run is.
  expect(tell(7_000, 5, { instance: 'b', since: 500 })).toEqual({ start: 2_000, value: 13 });
  expect(tell(8_000, 1, { instance: 'b', since: 7_500 })).toEqual({ start: 7_500, value: 1 });
});

it('a start that becomes known when points after it are told already is too late', () => {
  const { tell } = agent();
  tell(60_000, 5);
  tell(180_000, 50, { instance: 'b' });
  expect(tell(240_000, 55, { instance: 'b', since: 70_000 })).toEqual({ start: 240_000, value: 60 });
});

it('no point ends before it begins, whatever becomes of the clock', () => {
  const { tell } = agent();
  expect(tell(1_000, 5, { since: 1_400 })).toEqual({ start: 1_000, value: 5 });
  tell(2_000, 6, { since: 1_400 });
  expect(tell(300, 7, { since: 1_400 }).start).toBe(300);
});

it('what is gone is forgotten', () => {
  const { streams, tell } = agent();
  tell(1_000, 5);
  streams.keep(new Set());
  expect(tell(2_000, 4)).toEqual({ start: 2_000, value: 4 });
});
