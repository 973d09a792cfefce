import { appendFileSync, mkdtempSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { logFiles, type ReadLine, type ReadOptions, readLogs } from '../../src/logs/read.ts';
import { rotate } from '../../src/logs/rotate.ts';
import { appendTimeIndex, positionAt, readTimeIndex, timeOf } from '../../src/logs/time-index.ts';
import { faults, startWriter } from './appending-writer.ts';

let folder: string;
let out: string;
let err: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pj-read-'));
  out = join(folder, 'app.out.log');
  err = join(folder, 'app.err.log');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function texts(options: Partial<ReadOptions>): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of readLogs({ paths: { stdout: out }, follow: false, ...options })) lines.push(line.text);
  return lines;
}

/** Follows until `enough` says so; gives what it has after 60 s. */
async function followUntil(options: Partial<ReadOptions>, enough: (lines: ReadLine[]) => boolean): Promise<ReadLine[]> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), 60_000);
  const lines: ReadLine[] = [];
  try {
    for await (const line of readLogs({
      paths: { stdout: out },
      follow: true,
      signal: controller.signal,
      pollMs: 5,
      ...options,
    })) {
      lines.push(line);
      if (enough(lines)) controller.abort();
    }
  } finally {
    clearTimeout(timer);
  }
  return lines;
}

describe('readLogs', () => {
  it('gives nothing for a log that is not there', async () => {
    expect(await texts({})).toEqual([]);
  });

  it('splits at newlines only, and gives the last line without one too', async () => {
    writeFileSync(out, 'a\r\nb\u2028c\n\nlast');
    expect(await texts({})).toEqual(['a\r', 'b\u2028c', '', 'last']);
  });

  it('gives a very long line in pieces that are whole characters and lose nothing', async () => {
    const long = 'é€😀'.repeat(100_000);
    writeFileSync(out, `before\n${long}\nafter\n`);
    const lines = await texts({});
    expect(lines[0]).toBe('before');
    expect(lines.at(-1)).toBe('after');
    expect(lines.length).toBeGreaterThan(4);
    expect(lines.slice(1, -1).join('') === long).toBe(true);
    expect(Math.max(...lines.map((l) => Buffer.byteLength(l)))).toBeLessThanOrEqual(256 << 10);
  });

  it('gives the last lines, across rotated files', async () => {
    for (let i = 0; i < 1_000; i++) appendFileSync(out, `number ${i} ${'z'.repeat(30)}\n`);
    await rotate({ path: out, maxSize: 4096, maxFiles: 3 });
    appendFileSync(out, 'the end');
    expect(await texts({ tail: 1 })).toEqual(['the end']);
    expect(await texts({ tail: 0 })).toEqual([]);
    const lines = await texts({ tail: 900 });
    expect(lines.length).toBe(900);
    expect(lines[0]).toMatch(/^number 101 /);
    expect((await texts({ tail: 5_000 })).length).toBe(1_001);
  });

  it('gives what was written since a time, early rather than late', async () => {
    const start = Date.parse('2026-01-01T00:00:00Z');
    for (let second = 1; second <= 5; second++) {
      appendFileSync(out, `second ${second} a\nsecond ${second} b\n`);
      appendTimeIndex(out, start + second * 1000);
    }
    expect(await texts({ since: '2026-01-01T00:00:04Z' })).toEqual([
      'second 4 a',
      'second 4 b',
      'second 5 a',
      'second 5 b',
    ]);
    expect((await texts({ since: start })).length).toBe(10);
    // Nothing that has been noted is that young; what has not been noted yet may be.
    expect(await texts({ since: start + 60_000 })).toEqual([]);
    appendFileSync(out, 'not noted yet\n');
    expect(await texts({ since: start + 60_000 })).toEqual(['not noted yet']);
    await expect(texts({ since: 'yesterday-ish' })).rejects.toThrow(RangeError);
  });

  it('finds a time again after a rotation', async () => {
    const start = Date.parse('2026-01-01T00:00:00Z');
    for (let second = 1; second <= 4; second++) {
      for (let i = 0; i < 200; i++) appendFileSync(out, `second ${second} number ${i} ${'z'.repeat(20)}\n`);
      appendTimeIndex(out, start + second * 1000);
      if (second % 2 === 0) expect(await rotate({ path: out, maxSize: 4096, maxFiles: 9 })).not.toBe('none');
    }
    expect((await texts({ since: start + 3_000 }))[0]).toMatch(/^second 3 number 0 /);
    expect((await texts({})).length).toBe(800);
  });

  it('puts stdout and stderr in order as finely as the index tells', async () => {
    for (let second = 1; second <= 3; second++) {
      appendFileSync(out, `out ${second}\n`);
      appendFileSync(err, `err ${second}\n`);
      appendTimeIndex(out, second * 1000);
      appendTimeIndex(err, second * 1000);
    }
    const lines: ReadLine[] = [];
    for await (const line of readLogs({ paths: { stdout: out, stderr: err }, follow: false, tail: 3 }))
      lines.push(line);
    expect(lines).toEqual([
      { text: 'err 2', stream: 'stderr', at: 2000 },
      { text: 'out 3', stream: 'stdout', at: 3000 },
      { text: 'err 3', stream: 'stderr', at: 3000 },
    ]);
  });

  it('tells when each line was written: by its note, else when the file was; nothing where no times are kept', async () => {
    const times = async (): Promise<(number | undefined)[]> => {
      const all: (number | undefined)[] = [];
      for await (const { at } of readLogs({ paths: { stdout: out }, follow: false })) all.push(at);
      return all;
    };
    appendFileSync(out, 'one\ntwo\n');
    expect(await times()).toEqual([undefined, undefined]);
    appendTimeIndex(out, 5000);
    appendFileSync(out, 'three\n');
    utimesSync(out, 7, 7);
    expect(await times()).toEqual([5000, 5000, 7000]);
  });

  it('follows through rotations and loses no line', async () => {
    const writer = startWriter(out);
    try {
      let rotations = 0;
      const rotating = (async () => {
        const deadline = Date.now() + 40_000;
        while (rotations < 4 && Date.now() < deadline) {
          if ((await rotate({ path: out, maxSize: 256 << 10, maxFiles: 1_000 })) !== 'none') rotations++;
          // Lets the reader have its turn: a rotate that has nothing to do takes no time at all.
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        await writer.stop();
      })();
      const lines = await followUntil({}, (all) => all.at(-1)?.text.startsWith('end ') ?? false);
      await rotating;
      expect(faults(lines.map((l) => l.text)).faults).toEqual([]);
      expect(rotations).toBeGreaterThanOrEqual(4);
    } finally {
      await writer.stop();
    }
  });

  it('follows a file that comes later, holds a line back until it is whole, and goes on after somebody emptied it', async () => {
    const lines = followUntil({}, (all) => all.at(-1)?.text === 'new');
    writeFileSync(out, 'old one\nold two\nhal');
    await until(async () => (await texts({})).length === 3);
    appendFileSync(out, 'f\n');
    await new Promise((resolve) => setTimeout(resolve, 100));
    truncateSync(out, 0);
    appendFileSync(out, 'new\n');
    expect((await lines).map((l) => l.text)).toEqual(['old one', 'old two', 'half', 'new']);
  });

  it('ends at once when it is aborted, and gives the unfinished line', async () => {
    writeFileSync(out, 'whole\nunfinished');
    const lines = await followUntil({}, (all) => all.length === 1);
    expect(lines.map((l) => l.text)).toEqual(['whole', 'unfinished']);
    const already = AbortSignal.abort();
    expect(await texts({ follow: true, signal: already })).toEqual([]);
  });

  it('names every file of a log for whoever removes it', async () => {
    appendFileSync(out, 'x\n'.repeat(10_000));
    await rotate({ path: out, maxSize: 4096, maxFiles: 2 });
    appendTimeIndex(out, 1);
    writeFileSync(join(folder, 'app.out.log.other'), '');
    expect(logFiles(out).map((file) => file.slice(out.length))).toEqual(['', '.1', '.rotation', '.idx']);
  });
});

describe('the time index', () => {
  it('notes nothing when nothing was written, and stays small', () => {
    writeFileSync(out, 'a\n');
    appendTimeIndex(out, 1_000);
    appendTimeIndex(out, 2_000);
    expect(readTimeIndex(out)).toEqual([{ time: 1_000, size: 2 }]);
    writeFileSync(`${out}.idx`, Array.from({ length: 20_000 }, (_, i) => `${i} ${i}\n`).join(''));
    appendFileSync(out, 'b\n');
    appendTimeIndex(out, 99_999);
    const index = readTimeIndex(out);
    expect(index.length).toBe(10_001);
    expect(index.at(-1)).toEqual({ time: 99_999, size: 4 });
  });

  it('leaves a torn or damaged line out', () => {
    writeFileSync(`${out}.idx`, '1000 10\nrubbish\n2000 20\n3000 3');
    expect(readTimeIndex(out)).toEqual([
      { time: 1000, size: 10 },
      { time: 2000, size: 20 },
    ]);
  });

  it('finds positions and times', () => {
    const index = [
      { time: 10, size: 100 },
      { time: 20, size: 200 },
    ];
    expect([5, 10, 11, 20, 21].map((t) => positionAt(index, t))).toEqual([0, 0, 100, 100, 200]);
    expect([1, 100, 101, 201].map((p) => timeOf(index, p))).toEqual([10, 10, 20, Number.POSITIVE_INFINITY]);
  });
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('it did not come to pass within 30 s');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
