import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLogs } from '../../src/logs/read.ts';
import { type Rotated, rotate } from '../../src/logs/rotate.ts';
import { findTools, type Tools } from '../../src/os/tools.ts';
import { faults, startWriter } from './appending-writer.ts';

const tools = findTools();
let folder: string;
let rotator: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pj-rotate-crash-'));
  rotator = join(folder, 'rotator.mjs');
  await build({
    entryPoints: [new URL('../../src/logs/rotate.ts', import.meta.url).pathname],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: rotator,
    logLevel: 'error',
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function allLines(path: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const { text } of readLogs({ paths: { stdout: path }, follow: false })) lines.push(text);
  return lines;
}

/** One rotation in a process of its own, which kills itself at the n-th point. False: it came to its end before. */
async function killedAt(n: number, path: string, maxSize: number, with_: Tools): Promise<boolean> {
  const program = `
    import { rotate } from ${JSON.stringify(rotator)};
    await rotate(${JSON.stringify({ path, maxSize, maxFiles: 1_000, tools: with_ })});
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, PJ_CRASH_AT: String(n) },
  });
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  if (signal === null) expect(code).toBe(0);
  return signal === 'SIGKILL';
}

/** For every point of a rotation: a log with two rotated files, a third rotation killed there, read as it was left, settled, read again. */
async function everyPoint(base: string, with_: Tools, text: (n: number) => string): Promise<[Rotated, number]> {
  for (let n = 1; n < 60; n++) {
    const path = join(base, `${n}.log`);
    let written = 0;
    const more = (lines: number) => {
      let block = '';
      for (let i = 0; i < lines; i++) block += `${text(written++)}\n`;
      appendFileSync(path, block);
    };
    const whole = async () =>
      (await allLines(path)).join() === Array.from({ length: written }, (_, i) => text(i)).join();
    let outcome: Rotated = 'none';
    for (let i = 0; i < 2; i++) {
      more(600);
      outcome = await rotate({ path, maxSize: 4096, maxFiles: 1_000, tools: with_ });
    }
    more(600);
    const killed = await killedAt(n, path, 4096, with_);
    expect(await whole(), `left by a kill at point ${n}`).toBe(true);
    if (!killed) return [outcome, n - 1];
    more(1);
    expect(await whole(), `appended after point ${n}`).toBe(true);
    if (n % 2 === 0) {
      // The recovery is killed too.
      await killedAt(1, path, 1 << 30, with_);
      expect(await whole(), `recovery killed after point ${n}`).toBe(true);
    }
    await rotate({ path, maxSize: 1 << 30, maxFiles: 1_000, tools: with_ });
    expect(await whole(), `settled after point ${n}`).toBe(true);
    expect(existsSync(`${path}.rot`)).toBe(false);
    expect(JSON.parse(readFileSync(`${path}.rotation`, 'utf8')).pending).toBeUndefined();
  }
  throw new Error('it never came to its end');
}

const numbered = (n: number) => `line ${String(n).padStart(8, '0')} ${'x'.repeat(n % 37)}`;
/** 16 bytes with its newline: every block of the file is like every other. */
const always = () => 'tick tick tick.';

describe('a rotation that is killed at every of its points', () => {
  const cases: [string, Tools, (n: number) => string][] = [
    ['as the file system allows', tools, numbered],
    ['with every line the same', tools, always],
    ['truncating, when nobody writes at that instant', {}, numbered],
    ['truncating, with every line the same', {}, always],
  ];
  it.each(cases)(
    'loses and doubles nothing: %s',
    async (name, with_, text) => {
      const base = join(folder, name);
      mkdirSync(base);
      const [outcome, points] = await everyPoint(base, with_, text);
      expect(points).toBeGreaterThan(6);
      if (with_ !== tools) expect(outcome).toBe('truncated');
    },
    180_000,
  );

  // tmpfs cannot collapse a file.
  it.runIf(existsSync('/dev/shm') && tools.fallocate !== undefined)(
    'loses and doubles nothing: punching holes',
    async () => {
      const base = mkdtempSync('/dev/shm/pj-rotate-crash-');
      try {
        expect(await everyPoint(base, tools, numbered)).toEqual(['punched', expect.any(Number)]);
      } finally {
        rmSync(base, { recursive: true, force: true });
      }
    },
    180_000,
  );
});

describe('a rotator that is killed at random instants', () => {
  it('loses and doubles no line of a process that appends as fast as it can', async () => {
    const path = join(folder, 'random.log');
    const loop = `
      import { rotate } from ${JSON.stringify(rotator)};
      process.stdout.write('up');
      const options = ${JSON.stringify({ path, maxSize: 32_768, maxFiles: 100_000, tools })};
      for (;;) { await rotate(options); await new Promise((r) => setImmediate(r)); }
    `;
    const writer = startWriter(path);
    let kills = 0;
    try {
      const deadline = Date.now() + 6_000;
      while (kills < 12 || (Date.now() < deadline && kills < 40)) {
        const child = spawn(process.execPath, ['--input-type=module', '-e', loop], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        const exited = once(child, 'exit');
        await once(child.stdout, 'data');
        await sleep(Math.random() * 100);
        child.kill('SIGKILL');
        await exited;
        kills++;
      }
    } finally {
      await writer.stop();
    }
    // What the last one left can be read before and after it is settled.
    expect(faults(await allLines(path)).faults).toEqual([]);
    await rotate({ path, maxSize: 32_768, maxFiles: 100_000, tools });
    expect(faults(await allLines(path)).faults).toEqual([]);
  }, 180_000);
});
