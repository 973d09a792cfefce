import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rotatedNumbers } from '../../src/logs/layout.ts';
import { readLogs } from '../../src/logs/read.ts';
import { type Rotated, rotate } from '../../src/logs/rotate.ts';
import { bestShrink } from '../../src/logs/shrink.ts';
import { findTools } from '../../src/os/tools.ts';
import { faults, startWriter } from './appending-writer.ts';

const tools = findTools();
let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pj-rotate-'));
  path = join(folder, 'app.log');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function allLines(file = path): Promise<string[]> {
  const lines: string[] = [];
  for await (const { text } of readLogs({ paths: { stdout: file }, follow: false })) lines.push(text);
  return lines;
}

/** Rotates until it has done so that many times; fails after 20 s. */
async function rotateTimes(times: number, file: string): Promise<Rotated[]> {
  const done: Rotated[] = [];
  for (const deadline = Date.now() + 60_000; done.length < times; ) {
    if (Date.now() > deadline) throw new Error(`${done.length} rotations in 60 s`);
    const outcome = await rotate({ path: file, maxSize: 64 << 10, maxFiles: 10_000, tools });
    if (outcome !== 'none') done.push(outcome);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return done;
}

describe('rotate', () => {
  it('does nothing to a log that is not there or small enough', async () => {
    expect(await rotate({ path, maxSize: 100, maxFiles: 3 })).toBe('none');
    writeFileSync(path, 'small\n');
    expect(await rotate({ path, maxSize: 100, maxFiles: 3 })).toBe('none');
    expect(readFileSync(path, 'utf8')).toBe('small\n');
  });

  it('keeps the given number of files, the youngest lines among them', async () => {
    for (let round = 0; round < 6; round++) {
      for (let i = 0; i < 300; i++) appendFileSync(path, `round ${round} line ${String(i).padStart(40, '0')}\n`);
      expect(await rotate({ path, maxSize: 8192, maxFiles: 3 })).not.toBe('none');
    }
    expect(rotatedNumbers(path)).toEqual([1, 2, 3]);
    const lines = await allLines();
    expect(lines.at(-1)).toBe(`round 5 line ${String(299).padStart(40, '0')}`);
    expect(new Set(lines).size).toBe(lines.length);
    expect(existsSync(`${path}.rot`)).toBe(false);
  });

  it('keeps nothing with maxFiles 0, and drops files above a number that was lowered', async () => {
    const chunk = `${'y'.repeat(99)}\n`.repeat(200);
    for (let i = 0; i < 4; i++) {
      appendFileSync(path, chunk);
      await rotate({ path, maxSize: 4096, maxFiles: 5 });
    }
    expect(rotatedNumbers(path)).toEqual([1, 2, 3, 4]);
    appendFileSync(path, chunk);
    await rotate({ path, maxSize: 4096, maxFiles: 2 });
    expect(rotatedNumbers(path)).toEqual([1, 2]);
    appendFileSync(path, chunk);
    await rotate({ path, maxSize: 4096, maxFiles: 0 });
    expect(rotatedNumbers(path)).toEqual([]);
    expect(statSync(path).size).toBeLessThan(8192);
  });

  it('loses and doubles no line while a process appends as fast as it can', async () => {
    const writer = startWriter(path);
    const outcomes = new Set<string>();
    try {
      for (const outcome of await rotateTimes(6, path)) outcomes.add(outcome);
    } finally {
      await writer.stop();
    }
    const result = faults(await allLines());
    expect(result).toEqual({ faults: [], count: expect.any(Number) });
    expect(result.count).toBeGreaterThan(5_000);
    expect(rotatedNumbers(path).length).toBeGreaterThanOrEqual(6);
    outcomes.delete('none');
    const best = await bestShrink(folder, tools);
    expect([...outcomes]).toEqual([best === 'collapse' ? 'collapsed' : best === 'punch' ? 'punched' : 'truncated']);
  });

  it('loses and doubles no line where the file system can punch holes only', async () => {
    // tmpfs cannot collapse; where it is not there the case above has to do.
    const shm = existsSync('/dev/shm') ? mkdtempSync('/dev/shm/pj-rotate-') : undefined;
    if (shm === undefined) return;
    const file = join(shm, 'app.log');
    const writer = startWriter(file);
    try {
      expect(await bestShrink(shm, tools)).toBe('punch');
      await rotateTimes(4, file);
      await writer.stop();
      expect(faults(await allLines(file)).faults).toEqual([]);
      expect(rotatedNumbers(file).length).toBeGreaterThan(3);
      // The disk space was really given back.
      expect(statSync(file).blocks * 512).toBeLessThan(statSync(file).size);
    } finally {
      await writer.stop();
      rmSync(shm, { recursive: true, force: true });
    }
  });

  it('truncates where there is no fallocate, and reads whole afterwards when nobody wrote at that instant', async () => {
    for (let i = 0; i < 2_000; i++) appendFileSync(path, `line ${String(i).padStart(8, '0')} \n`);
    expect(await rotate({ path, maxSize: 4096, maxFiles: 3, tools: {} })).toBe('truncated');
    appendFileSync(path, 'line 00002000 \nend 2001\n');
    expect(faults(await allLines())).toEqual({ faults: [], count: 2001 });
  });
});

describe.runIf(mayMount())('a full disk', () => {
  it('keeps the log whole, leaves no half copy behind, and is rotated once there is room', async () => {
    const small = join(folder, 'small');
    mkdirSync(small);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small]);
    try {
      const log = join(small, 'app.log');
      const line = `${'x'.repeat(99)}\n`;
      writeFileSync(log, line.repeat(6_000));
      writeFileSync(join(small, 'other'), Buffer.alloc(300_000));
      await expect(rotate({ path: log, maxSize: 65_536, maxFiles: 3 })).rejects.toMatchObject({ code: 'PJ5080' });
      expect(readdirSync(small).sort()).toEqual(['app.log', 'other']);
      expect((await allLines(log)).length).toBe(6_000);
      rmSync(join(small, 'other'));
      execFileSync('mount', ['-o', 'remount,size=8m', small]);
      expect(await rotate({ path: log, maxSize: 65_536, maxFiles: 3 })).not.toBe('none');
      expect((await allLines(log)).length).toBe(6_000);
    } finally {
      execFileSync('umount', ['-l', small]);
    }
  });
});

/** Root in a container may often not mount. */
function mayMount(): boolean {
  const there = mkdtempSync(join(tmpdir(), 'pj-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', there], { stdio: 'ignore' });
    execFileSync('umount', [there], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(there, { recursive: true, force: true });
  }
}
