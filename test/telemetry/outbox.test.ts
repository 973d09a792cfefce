import { STATUS_CODES } from 'node:http';
import { ExportResultCode } from '@opentelemetry/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Outbox, type OutboxOptions } from '../../src/telemetry/outbox.ts';

afterEach(() => {
  vi.useRealTimers();
});

type Answer = 'ok' | 'unreachable' | number;

/** An outbox before an exporter that answers as it is told. */
function outbox(more: Partial<OutboxOptions<string>> = {}) {
  const answers: Answer[] = [];
  const batches: string[][] = [];
  const settled: string[] = [];
  const box = new Outbox<string>({
    url: 'http://127.0.0.1:1/v1/logs',
    maxItems: 5,
    maxBatch: 3,
    delay: 100,
    settled: (items, how) => settled.push(...items.map((item) => `${item} ${how}`)),
    exporter: {
      export(items, done) {
        batches.push([...items]);
        const answer = answers.shift() ?? 'ok';
        if (answer === 'ok') return done({ code: ExportResultCode.SUCCESS });
        const error = answer === 'unreachable' ? { code: 'ECONNREFUSED' } : { code: answer };
        done({ code: ExportResultCode.FAILED, error: Object.assign(new Error('no'), error) });
      },
      shutdown: async () => undefined,
    },
    ...more,
  });
  return { box, answers, batches, settled };
}

describe('the outbox', () => {
  it('sends in batches, in order, when the first has waited or a batch is full', async () => {
    vi.useFakeTimers();
    const { box, batches, settled } = outbox();
    box.push('a');
    await vi.advanceTimersByTimeAsync(99);
    expect(batches).toEqual([]);
    await vi.advanceTimersByTimeAsync(2);
    expect(batches).toEqual([['a']]);
    for (const item of 'bcde') box.push(item);
    await vi.advanceTimersByTimeAsync(1);
    expect(batches[1]).toEqual(['b', 'c', 'd']);
    await vi.advanceTimersByTimeAsync(200);
    expect(batches[2]).toEqual(['e']);
    expect(settled).toEqual(['a', 'b', 'c', 'd', 'e'].map((item) => `${item} sent`));
    expect(box.figures()).toEqual({ queued: 0, sent: 5, dropped: 0, refused: 0 });
  });

  it('keeps what was not taken, sends the same again ever later, and drops only what does not fit', async () => {
    vi.useFakeTimers();
    const { box, answers, batches, settled } = outbox();
    answers.push('unreachable', 503, 429, 'unreachable');
    for (const item of 'abcde') expect(box.push(item)).toBe(true);
    expect(box.room).toBe(false);
    expect(box.push('f')).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(box.figures()).toMatchObject({ queued: 5, dropped: 1, error: 'no' });
    // 1 s, 2 s, 4 s, 8 s, each ± 20 %
    await vi.advanceTimersByTimeAsync(750);
    expect(batches).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(batches).toEqual([...Array(5).fill(['a', 'b', 'c']), ['d', 'e']]);
    expect(settled).toHaveLength(5);
    expect(box.figures()).toEqual({ queued: 0, sent: 5, dropped: 1, refused: 0 });
    expect(box.room).toBe(true);
  });

  it.each([401, 403, 404, 500])('keeps what is answered with %i, which somebody can mend', async (status) => {
    vi.useFakeTimers();
    const { box, answers, settled } = outbox();
    answers.push(status, status);
    box.push('a');
    await vi.advanceTimersByTimeAsync(2_000);
    expect(box.figures()).toMatchObject({ queued: 1, refused: 0, error: `HTTP ${status} ${STATUS_CODES[status]}` });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(settled).toEqual(['a sent']);
  });

  it.each([400, 413])('gives up what is refused for good with %i, and nothing behind it', async (status) => {
    vi.useFakeTimers();
    const { box, answers, settled } = outbox();
    answers.push(status);
    for (const item of 'abcd') box.push(item);
    await vi.advanceTimersByTimeAsync(500);
    expect(settled).toEqual(['a refused', 'b refused', 'c refused', 'd sent']);
    expect(box.figures()).toEqual({ queued: 0, sent: 1, dropped: 0, refused: 3 });
  });

  it('is bounded in bytes too, in the queue and in a batch', async () => {
    vi.useFakeTimers();
    const { box, batches } = outbox({ maxBytes: 10, maxBatchBytes: 6, size: (item) => item.length });
    for (const item of ['aaaa', 'bbbb', 'cccc']) box.push(item);
    expect(box.push('d')).toBe(false);
    await vi.advanceTimersByTimeAsync(500);
    expect(batches).toEqual([['aaaa'], ['bbbb'], ['cccc']]);
    expect(box.room).toBe(true);
  });

  it('a flush does not wait longer than it may, and tries at once though it was to wait', async () => {
    vi.useFakeTimers();
    const { box, answers, batches } = outbox();
    answers.push('unreachable', 'unreachable', 'ok');
    box.push('a');
    await vi.advanceTimersByTimeAsync(150);
    expect(batches).toHaveLength(1);
    const first = box.flush(300);
    await vi.advanceTimersByTimeAsync(301);
    expect(await first).toBe(false);
    expect(batches).toHaveLength(2);
    const second = box.flush(300);
    await vi.advanceTimersByTimeAsync(1);
    expect(await second).toBe(true);
    expect(await box.flush(300)).toBe(true);
  });
});
