import { describe, expect, it } from 'vitest';
import { Ticker } from '../../../src/agent/awake/ticker.ts';
import { simulatedClock } from './simulated-clock.ts';

describe('the ticker', () => {
  it('calls at fixed times, whatever a call takes', async () => {
    const clock = simulatedClock();
    const at: number[] = [];
    const ticker = new Ticker(
      () => 1_000,
      async () => {
        at.push(clock.monotonic());
        await clock.pause(300);
      },
      clock,
    );
    ticker.start();
    await clock.run(4_900);
    ticker.stop();
    expect(at).toEqual([0, 1_000, 2_000, 3_000, 4_000]);
    await clock.run(5_000);
    expect(at).toHaveLength(5);
    expect(ticker.figures()).toEqual({ interval: 1, ticks: 5, missed: 0, jitterP99: 0 });
  });

  it('counts what it misses and makes up for none of it', async () => {
    const clock = simulatedClock();
    let under = 0;
    let most = 0;
    const ticker = new Ticker(
      () => 1_000,
      async () => {
        most = Math.max(most, ++under);
        if (clock.monotonic() < 1_000) await clock.pause(5_300);
        under -= 1;
      },
      clock,
    );
    ticker.start();
    await clock.run(10_000);
    ticker.stop();
    expect(most).toBe(1);
    const { ticks, missed, jitterP99 } = ticker.figures();
    expect(ticks + missed).toBe(11);
    expect(missed).toBe(4);
    // The one at 5 s is 300 ms late.
    expect(jitterP99).toBe(300);
  });

  it('goes on after a call that fails', async () => {
    const clock = simulatedClock();
    let calls = 0;
    const ticker = new Ticker(
      () => 1_000,
      async () => {
        calls += 1;
        await Promise.reject(new Error('no')).catch(() => undefined);
      },
      clock,
    );
    ticker.start();
    await clock.run(2_500);
    ticker.stop();
    expect(calls).toBe(3);
  });
});
