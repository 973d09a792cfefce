import { describe, expect, it } from 'vitest';
import { afterExit, backoffDelay } from '../../src/agent/backoff.ts';
import type { Exit } from '../../src/agent/entry.ts';
import { DEFAULT_RESTART, type Spec } from '../../src/model/spec.ts';

const ended = (code: number | null, known = true): Exit => ({
  known,
  code,
  signal: null,
  oomKilled: false,
  at: '2026-01-01T00:00:00Z',
});
const service = (restart: Spec['restart'] = {}): Spec => ({ restart, native: { command: 'x' } });
const half = () => 0.5;

describe('the pause before a restart', () => {
  it('doubles from delay to maxDelay', () => {
    const policy = { ...DEFAULT_RESTART, delay: 1, maxDelay: 10 };
    expect([1, 2, 3, 4, 5, 1000].map((n) => backoffDelay(policy, n, half))).toEqual([
      1000, 2000, 4000, 8000, 10_000, 10_000,
    ]);
  });

  it('is spread by a quarter to both sides, and never longer than maxDelay', () => {
    const policy = { ...DEFAULT_RESTART, delay: 4, maxDelay: 8 };
    expect(backoffDelay(policy, 1, () => 0)).toBe(3000);
    expect(backoffDelay(policy, 1, () => 1)).toBe(5000);
    expect(backoffDelay(policy, 2, () => 1)).toBe(8000);
  });
});

describe('what follows an exit', () => {
  it.each([
    ['on-failure', 1, 'restart'],
    ['on-failure', 0, 'failed'],
    ['always', 0, 'restart'],
    ['no', 1, 'failed'],
  ] as const)('policy %s, exit %i: %s', (policy, code, next) => {
    expect(afterExit(service({ policy }), ended(code), 0, 10, half).next).toBe(next);
  });

  it('counts an exit that nobody saw as a failure', () => {
    expect(afterExit(service(), ended(null, false), 0, 10, half).next).toBe('restart');
  });

  it('counts the codes that the descriptor calls success', () => {
    const spec: Spec = { native: { command: 'x', successExitCodes: [0, 143] } };
    expect(afterExit(spec, ended(143), 0, 10, half).next).toBe('failed');
    expect(afterExit({ native: { ...spec.native, command: 'x', type: 'job' } }, ended(143), 0, 10, half).next).toBe(
      'completed',
    );
  });

  it('gives up after maxAttempts in a row, and counts anew after a good run', () => {
    const spec = service({ maxAttempts: 2, resetAfter: 30 });
    expect(afterExit(spec, ended(1), 1, 10, half)).toMatchObject({ next: 'restart', attempts: 2 });
    expect(afterExit(spec, ended(1), 2, 29_999, half)).toEqual({ next: 'failed', reason: 'given up after 2 restarts' });
    expect(afterExit(spec, ended(1), 2, 30_000, half)).toMatchObject({ next: 'restart', attempts: 1 });
  });

  it('never gives up with maxAttempts 0', () => {
    expect(afterExit(service({ maxAttempts: 0 }), ended(1), 10_000, 10, half).next).toBe('restart');
  });

  it('runs a job once, whatever the policy, when it ends well', () => {
    const job: Spec = { restart: { policy: 'always' }, native: { command: 'x', type: 'job' } };
    expect(afterExit(job, ended(0), 0, 10, half).next).toBe('completed');
    expect(afterExit({ native: { command: 'x', type: 'job' } }, ended(1), 0, 10, half).next).toBe('failed');
  });
});
