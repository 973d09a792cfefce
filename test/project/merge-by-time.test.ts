import { expect, it } from 'vitest';
import { mergeByTime } from '../../src/project/merge-by-time.ts';
import type { LogLine } from '../../src/providers/contract.ts';

/** Lines of one source by their times; how many were asked for, and whether it was told to end. */
function source(workload: string, times: (number | undefined)[]) {
  const seen = { asked: 0, ended: false };
  async function* lines(): AsyncGenerator<LogLine> {
    try {
      for (const at of times) {
        seen.asked += 1;
        yield {
          workload,
          stream: 'stdout',
          text: `${workload}${seen.asked}`,
          ...(at === undefined ? {} : { at: new Date(at).toISOString() }),
        };
      }
    } finally {
      seen.ended = true;
    }
  }
  return { lines: lines(), seen };
}

async function merged(...sources: ReturnType<typeof source>[]): Promise<string[]> {
  const all: string[] = [];
  const stop = new AbortController();
  for await (const { text } of mergeByTime(
    sources.map(({ lines }) => lines),
    stop,
  ))
    all.push(text);
  expect(stop.signal.aborted).toBe(true);
  return all;
}

it('gives the earliest line first, the one of the first source where both are as early', async () => {
  expect(await merged(source('a', [1, 4, 5]), source('b', [2, 3, 5, 9]), source('c', []))).toEqual(
    'a1 b1 b2 a2 a3 b3 b4'.split(' '),
  );
});

it('keeps each source in its order: what has no time, or an earlier one, follows the line before it', async () => {
  expect(await merged(source('a', [undefined, 5, undefined, 2, 8]), source('b', [1, 6, 7]))).toEqual(
    'a1 b1 a2 a3 a4 b2 b3 a5'.split(' '),
  );
});

it('holds one line of each, and ends all when nobody wants more', async () => {
  const a = source(
    'a',
    Array.from({ length: 100_000 }, (_, i) => i),
  );
  const b = source('b', [100_001, 100_002]);
  let heard = 0;
  for await (const _ of mergeByTime([a.lines, b.lines], new AbortController())) {
    heard += 1;
    expect(a.seen.asked - heard).toBeLessThanOrEqual(1);
    if (heard === 1000) break;
  }
  expect([a.seen.ended, b.seen.ended, b.seen.asked]).toEqual([true, true, 1]);
});

it('throws what a source throws, and ends the others', async () => {
  const a = source('a', [1, 2]);
  const bad = (async function* (): AsyncGenerator<LogLine> {
    yield { workload: 'bad', stream: 'stdout', text: 'x', at: '1970-01-01T00:00:00Z' };
    throw new Error('no more');
  })();
  const read = async () => {
    for await (const _ of mergeByTime([a.lines, bad], new AbortController()));
  };
  await expect(read()).rejects.toThrow('no more');
  expect(a.seen.ended).toBe(true);
});
