import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { freePort } from '../../support/pj.ts';
import type { Report, Weight } from './day/simulate.ts';

const MIB = 1 << 20;
/** What the heap may have grown by from hours 2 and 6 to the end: code that is compiled, and what is under way. Bytes */
const GROWN = 8 * MIB;

/** A day, in a process of its own. The engines are not real (day/world.ts) as a day of real ones takes a day; all else of the watch is. */
async function aDay(seed: number): Promise<Report> {
  const program = join(import.meta.dirname, 'day', 'run.ts');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', program, '--seed', String(seed), '--port', String(await freePort())],
    { maxBuffer: 64 * MIB, cwd: join(import.meta.dirname, '../../..') },
  );
  return JSON.parse(stdout) as Report;
}

const total = (files: Record<string, number>): number => Object.values(files).reduce((sum, size) => sum + size, 0);

describe('a simulated day of the watch', () => {
  it('with faults by chance leaks nothing, and holds what it promises all the way', async () => {
    // One day of all: a failure is to be the change's doing. The soak tries others.
    const seed = Number(process.env['PJ_DAY_SEED'] ?? 603307851);
    const report = await aDay(seed);
    const { weights, wrong, ticks, watches, events, seconds } = report;
    const figures = { seed, ticks, watches, seconds, acts: report.acts, calls: report.calls };
    console.log(`${JSON.stringify(figures)}\n${weights.map(shown).join('\n')}`);
    expect(wrong, `seed ${seed}`).toEqual([]);
    expect(ticks).toBeGreaterThan(80_000);
    expect(watches).toBeGreaterThan(3);
    // It was a day with something in it.
    for (const type of ['throttle_set', 'throttle_released', 'quota_action', 'quota_ok', 'drift_found', 'rebooted'])
      expect(events[type] ?? 0, `${type}, seed ${seed}`).toBeGreaterThan(0);
    expect(report.throttlesAtEnd).toBe(0);
    expect(report.mostWaiting).toBeLessThan(60);
    const [first, second, third] = weights as [Weight, Weight, Weight];
    const last = weights.at(-1) as Weight;
    // It goes up and down by some MiB; half a MiB an hour that stays would show.
    expect(last.heap - Math.max(second.heap, third.heap), `heap, seed ${seed}`).toBeLessThan(GROWN);
    // What is open at the moment differs by a few; a leak has hours and restarts to show.
    expect(last.descriptors, `descriptors, seed ${seed}`).toBeLessThanOrEqual(first.descriptors + 8);
    expect(last.handles, `handles, seed ${seed}`).toBeLessThanOrEqual(first.handles + 8);
    expect(last.timers, `timers, seed ${seed}`).toBeLessThanOrEqual(10);
    expect(last.inside, `elements, seed ${seed}`).toBeLessThan(1.3 * first.inside + 200);
    expect(Object.keys(last.files).length).toBeLessThan(30);
    // The audit log is for ever: one line for each that was done.
    const { 'audit.ndjson': audit = 0, ...others } = last.files;
    expect(audit).toBeLessThan(400 * ((events['quota_action'] ?? 0) + (events['throttle_released'] ?? 0) + 2_000));
    expect(total(others)).toBeLessThan(40 * MIB);
  }, 300_000);
});

const shown = ({ hours, heap, descriptors, handles, timers, inside, files }: Weight): string =>
  `hour ${hours}: heap ${(heap / MIB).toFixed(1)} MiB, ${descriptors} descriptors, ${handles} handles, ${timers} timers, ${inside} elements, ${Object.keys(files).length} files of ${(total(files) / MIB).toFixed(1)} MiB`;
