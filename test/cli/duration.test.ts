import { describe, expect, it } from 'vitest';
import { durationFlag, momentFlag, seconds } from '../../src/cli/duration.ts';

describe('durations on the command line', () => {
  it.each([
    ['30', 30],
    ['30s', 30],
    ['500ms', 0.5],
    ['1m30s', 90],
    ['2h', 7200],
    ['1.5m', 90],
    ['0', 0],
  ])('reads %s', (text, value) => expect(seconds(text)).toBeCloseTo(value, 6));

  it.each(['', 'x', '-1', '5 m', '1w', 's', '1s2'])('refuses %j', (text) => {
    expect(() => durationFlag('--lock-timeout', text)).toThrow(/--lock-timeout .*not a duration/);
  });

  it('takes a moment as a date or as how long ago', () => {
    const now = new Date('2026-11-22T12:00:00Z');
    expect(momentFlag('--since', '5m', now)).toBe('2026-11-22T11:55:00.000Z');
    expect(momentFlag('--since', '2026-11-22', now)).toBe('2026-11-22T00:00:00.000Z');
    expect(() => momentFlag('--since', 'yesterday', now)).toThrow(/not a moment/);
    expect(() => momentFlag('--since', '2026-99-99', now)).toThrow(/not a moment/);
  });
});
