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

async function shared(): Promise<string | undefined> {
  return existsSync('/dev/shm') ? mkdtempSync('/dev/shm/pj-rotate-crash-') : undefined;
}

async function everyPoint(
  base: string,
  with_: Tools,
  text: (n: number) => string,
): Promise<{ points: number; outcomes: Rotated[] }> {
  const path = join(base, 'app.log');
  const outcomes: Rotated[] = [];
  let written = 0;
  const more = () => {
    let block = '';
    for (let i = 0; i < 1_500; i++) block += `${text(written++)}\n`;
    appendFileSync(path, block);
  };
  // Some rotated files, so that there is something to move up.
  for (let i = 0; i < 2; i++) {
    more();
    outcomes.push(await rotate({ path, maxSize: 4096, maxFiles: 1_000, tools: with_ }));
  }
  for (let n = 1; n < 100; n++) {
    more();
    const killed = await killedAt(n, path, 4096, with_);
    const expected = Array.from({ length: written }, (_, i) => text(i));
    // As it was left, with output that came before anybody settled it, and settled.
    expect((await allLines(path)).join('\n') === expected.join('\n'), `left by a kill at point ${n}`).toBe(true);
    if (!killed) return { points: n - 1, outcomes };
    appendFileSync(path, `${text(written++)}\n`);
    expected.push(text(written - 1));
    expect((await allLines(path)).join('\n') === expected.join('\n'), `appended after point ${n}`).toBe(true);
    outcomes.push(await rotate({ path, maxSize: 1 << 30, maxFiles: 1_000, tools: with_ }));
    expect((await allLines(path)).join('\n') === expected.join('\n'), `settled after point ${n}`).toBe(true);
    expect(existsSync(`${path}.rot`)).toBe(false);
    expect(JSON.parse(readFileSync(`${path}.rotation`, 'utf8')).pending).toBeUndefined();
  }
  throw new Error('it never came to its end');
}

const numbered = (n: number) => `line ${String(n).padStart(8, '0')} ${'x'.repeat(n % 37)}`;
/** 16 bytes with its newline: every block of the file is like every other. */
const always = () => 'tick tick tick.';

describe('a rotation that is killed at every of its points', () => {
  it('loses and doubles nothing where the file is collapsed', async () => {
    const base = join(folder, 'collapse');
    mkdirSync(base);
    const { points, outcomes } = await everyPoint(base, tools, numbered);
    expect(points).toBeGreaterThan(8);
    if (tools.fallocate !== undefined && outcomes[0] === 'collapsed') expect(outcomes).toContain('collapsed');
  });

  it('loses and doubles nothing of a log in which every line is the same', async () => {
    const base = join(folder, 'same');
    mkdirSync(base);
    expect((await everyPoint(base, tools, always)).points).toBeGreaterThan(8);
  });

  it('loses and doubles nothing where holes are punched', async () => {
    const base = await shared();
    if (base === undefined) return;
    try {
      const { points, outcomes } = await everyPoint(base, tools, numbered);
      expect(points).toBeGreaterThan(5);
      expect(outcomes[0]).toBe('punched');
    } finally {
      rmSync(base, { recursive: true, force: true });
    }
  });

  it('loses and doubles nothing where the file is truncated and nobody writes at that instant', async () => {
    const base = join(folder, 'truncate');
    mkdirSync(base);
    const { points, outcomes } = await everyPoint(base, {}, numbered);
    expect(points).toBeGreaterThan(8);
    expect(outcomes[0]).toBe('truncated');
  });
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
  }, 60_000);
});
