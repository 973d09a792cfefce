import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { freePort } from '../../support/pj.ts';
import type { Report, Weight } from './day/simulate.ts';

const MIB = 1 << 20;
/** What the least heap may have grown by from the first weights to the last: it goes up and down between 27 and 33 MiB, for 72 h too. Bytes */
const GROWN = 6 * MIB;
/** So many of the first and of the last weights are compared. */
const SOME = 5;

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
    const last = weights.at(-1) as Weight;
    // What is open or under way at one moment differs by a few: a leak shows in the median.
    const [early, late] = [weights.slice(0, SOME), weights.slice(-SOME)].map(medians) as [Medians, Medians];
    const least = (some: readonly Weight[]): number => Math.min(...some.map(({ heap }) => heap));
    expect(least(weights.slice(-SOME)) - least(weights.slice(0, SOME)), `heap, seed ${seed}`).toBeLessThan(GROWN);
    expect(late.descriptors, `descriptors, seed ${seed}`).toBeLessThanOrEqual(early.descriptors + 4);
    expect(late.handles, `handles, seed ${seed}`).toBeLessThanOrEqual(early.handles + 4);
    expect(late.timers, `timers, seed ${seed}`).toBeLessThanOrEqual(early.timers + 4);
    expect(late.inside, `elements, seed ${seed}`).toBeLessThan(1.2 * early.inside);
    expect(Object.keys(last.files).length).toBeLessThan(30);
    // The audit log is for ever: one line for each that was done.
    const { 'audit.ndjson': audit = 0, ...others } = last.files;
    expect(audit).toBeLessThan(400 * ((events['quota_action'] ?? 0) + (events['throttle_released'] ?? 0) + 2_000));
    expect(total(others)).toBeLessThan(40 * MIB);
  }, 300_000);
});

const FIGURES = ['descriptors', 'handles', 'timers', 'inside'] as const;
type Medians = Record<(typeof FIGURES)[number], number>;

const medians = (some: readonly Weight[]): Medians =>
  Object.fromEntries(
    FIGURES.map((name) => [name, some.map((one) => one[name]).sort((a, b) => a - b)[some.length >> 1] ?? 0]),
  ) as Medians;

const shown = ({ hours, heap, descriptors, handles, kinds, timers, inside, files }: Weight): string =>
  `hour ${hours}: heap ${(heap / MIB).toFixed(1)} MiB, ${descriptors} descriptors, ${handles} handles ${JSON.stringify(kinds)}, ${timers} timers, ${inside} elements, ${Object.keys(files).length} files of ${(total(files) / MIB).toFixed(1)} MiB`;
