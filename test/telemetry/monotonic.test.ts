import { expect, it } from 'vitest';
import { Monotonic } from '../../src/telemetry/monotonic.ts';

it('a counter that begins anew goes on from where it was, also where it was not known for a while; one of a workload that is gone is forgotten', () => {
  const counters = new Monotonic();
  const read = (instance: string, value: number): number => {
    counters.keep(new Set(['web']));
    return counters.next('web', 'cpu', instance, value);
  };
  expect([read('a', 5), read('a', 7)]).toEqual([5, 7]);
  expect(read('a', 1)).toBe(8); // it was restarted
  expect(read('b', 3)).toBe(11); // another one, which has used more by now than the one before had
  expect(read('b', 4)).toBe(12);
  counters.keep(new Set(['web']));
  counters.keep(new Set(['web']));
  expect(read('b', 5)).toBe(13);
  counters.keep(new Set());
  expect(counters.next('web', 'cpu', 'b', 4)).toBe(4);
});
