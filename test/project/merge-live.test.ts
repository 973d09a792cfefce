import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { logsRun } from '../../src/project/logs.ts';
import { mergeLive } from '../../src/project/merge-live.ts';
import type { Run } from '../../src/project/run.ts';
import type { LogLine, LogOptions } from '../../src/providers/contract.ts';

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => void vi.useRealTimers());

/** A source that says what the test wants, when it wants. `ago`: ms since the line was written; undefined: nobody knows. */
function source(signal?: AbortSignal) {
  const waiting: LogLine[] = [];
  let failed: Error | undefined;
  let wake = (): void => undefined;
  let over = false;
  signal?.addEventListener('abort', () => {
    over = true;
    wake();
  });
  const seen = { asked: 0 };
  async function* lines(): AsyncGenerator<LogLine> {
    for (;;) {
      const next = waiting.shift();
      if (next !== undefined) {
        seen.asked += 1;
        yield next;
      } else if (failed !== undefined) throw failed;
      else if (over) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  return {
    seen,
    lines: lines(),
    say(text: string, ago?: number) {
      const at = ago === undefined ? {} : { at: new Date(Date.now() - ago).toISOString() };
      waiting.push({ workload: text[0] ?? '', stream: 'stdout', text, ...at });
      wake();
    },
    fail(error: Error) {
      failed = error;
      wake();
    },
    end() {
      over = true;
      wake();
    },
  };
}

/** Reads in the background what is merged. */
function merging(count: number) {
  const stop = new AbortController();
  const sources = Array.from({ length: count }, () => source(stop.signal));
  const heard: string[] = [];
  const ended = (async () => {
    for await (const { text } of mergeLive(
      sources.map(({ lines }) => lines),
      stop,
    ))
      heard.push(text);
    return stop.signal.aborted;
  })();
  ended.catch(() => undefined);
  return { a: sources[0] as Source, b: sources[1] as Source, heard, ended };
}
type Source = ReturnType<typeof source>;
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

it('what comes within the window is put in the order in which it was written', async () => {
  const { a, b, heard } = merging(2);
  await pass(1000);
  a.say('a1', 10);
  await pass(100);
  b.say('b1', 120);
  await pass(20);
  b.say('b2', 5);
  expect(heard).toEqual(['b1']);
  await pass(250);
  expect(heard).toEqual(['b1', 'a1', 'b2']);
});

it('a source whose clock is ahead waits no longer than others, though one writes all the time', async () => {
  const { a, b, heard } = merging(3);
  await pass(1000);
  a.say('a1', -3_600_000);
  for (let i = 0; i < 10; i++) {
    b.say(`b${i}`, 0);
    await pass(50);
  }
  expect(heard.indexOf('a1')).toBeGreaterThanOrEqual(0);
  expect(heard.indexOf('a1')).toBeLessThan(6);
});

it('no line waits longer than the window, one that is old by now not at all, and one of one source never', async () => {
  const { a, b, heard } = merging(2);
  await pass(1000);
  a.say('a1', -60_000);
  await pass(199);
  expect(heard).toEqual([]);
  await pass(1);
  expect(heard).toEqual(['a1']);
  b.say('b1', 5000);
  await pass(0);
  expect(heard).toEqual(['a1', 'b1']);
  a.end();
  await pass(0);
  b.say('b2', 0);
  await pass(0);
  expect(heard).toEqual(['a1', 'b1', 'b2']);
});

it('what was there before is merged, also where the first line of one comes a little late', async () => {
  const { a, b, heard } = merging(2);
  for (const ago of [9000, 7000, 5000]) a.say(`a${ago}`, ago);
  await pass(150);
  expect(heard).toEqual([]);
  for (const ago of [8000, 6000, 4000]) b.say(`b${ago}`, ago);
  await pass(250);
  expect(heard).toEqual(['a9000', 'b8000', 'a7000', 'b6000', 'a5000', 'b4000']);
});

it('lines without a time keep the order in which they came', async () => {
  const { a, b, heard } = merging(2);
  await pass(1000);
  a.say('a1');
  await pass(10);
  b.say('b1');
  await pass(10);
  a.say('a2');
  await pass(300);
  expect(heard).toEqual(['a1', 'b1', 'a2']);
});

it('holds only so much of a source whose reader is slow', async () => {
  const stop = new AbortController();
  const a = source(stop.signal);
  for (let i = 0; i < 10_000; i += 1) a.say(`a${i}`, 0);
  const merged = mergeLive([a.lines, source(stop.signal).lines], stop);
  expect((await Promise.all([merged.next(), pass(300)]))[0].value.text).toBe('a0');
  await pass(1000);
  expect(a.seen.asked).toBeLessThan(4100);
  await merged.return(undefined);
  expect(stop.signal.aborted).toBe(true);
});

it('gives what it holds, then throws what a source threw', async () => {
  const { a, b, heard, ended } = merging(2);
  await pass(1000);
  a.say('a1', 0);
  b.fail(new Error('gone'));
  await expect(ended).rejects.toThrow('gone');
  expect(heard).toEqual(['a1']);
});

it('pj logs -f asks for times to merge by, and shows them only to whoever wants them', async () => {
  const sources: Record<string, Source> = { a: source(), b: source() };
  const asked: LogOptions[] = [];
  const logs = ({ id }: { id: string }, options: LogOptions) => {
    asked.push(options);
    return sources[id]?.lines;
  };
  const workloads = { a: { id: 'a', provider: 'p' }, b: { id: 'b', provider: 'p' } };
  const run = {
    signal: new AbortController().signal,
    store: { load: async () => ({ snapshot: { workloads } }) },
    engines: { provider: async () => ({ logs }) },
  } as unknown as Run;
  const heard: LogLine[] = [];
  const read = (async () => {
    for await (const line of logsRun(run, ['a', 'b'], { follow: true })) heard.push(line);
  })();
  sources['a']?.say('a1', 10);
  sources['b']?.say('b1', 20);
  for (const one of Object.values(sources)) one.end();
  await pass(300);
  await read;
  expect(asked.map(({ times }) => times)).toEqual([true, true]);
  expect(heard).toEqual([
    { workload: 'b', stream: 'stdout', text: 'b1' },
    { workload: 'a', stream: 'stdout', text: 'a1' },
  ]);
});
