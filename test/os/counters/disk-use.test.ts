import { execFileSync } from 'node:child_process';
import {
  closeSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DiskWalk } from '../../../src/os/counters/disk-use.ts';

const KIB = 1024;

describe('disk use', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'pj-disk-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const used = (...places: string[]) => {
    const walk = new DiskWalk(places);
    while (!walk.step(1_000));
    return walk.total;
  };

  it('counts files and what is below, each once, and follows no link out', () => {
    const inside = join(dir, 'volume');
    mkdirSync(join(inside, 'deep/er'), { recursive: true });
    const empty = used(inside);
    writeFileSync(join(dir, 'outside'), Buffer.alloc(4096 * KIB, 1));
    symlinkSync(dir, join(inside, 'up'));
    symlinkSync(join(dir, 'outside'), join(inside, 'out'));
    writeFileSync(join(inside, 'deep/er/file'), Buffer.alloc(512 * KIB, 1));
    linkSync(join(inside, 'deep/er/file'), join(inside, 'again'));
    const grown = used(inside) - empty;
    expect(grown).toBeGreaterThanOrEqual(512 * KIB);
    expect(grown).toBeLessThan(600 * KIB);
    expect(used(join(dir, 'outside'))).toBeGreaterThanOrEqual(4096 * KIB);
    expect(used(join(dir, 'not there'))).toBe(0);
  });

  const may = /^CapEff:\s*(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  // CAP_SYS_ADMIN
  if ((BigInt(`0x${may}`) >> 21n) & 1n)
    it('asks a file system of its own what it holds, and leaves one below out', () => {
      const [own, below] = [join(dir, 'own'), join(dir, 'volume/below')];
      for (const path of [own, below]) {
        mkdirSync(path, { recursive: true });
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'pj-test', path]);
      }
      try {
        for (const path of [own, below]) writeFileSync(join(path, 'file'), Buffer.alloc(2048 * KIB, 1));
        // Open and deleted: only the file system itself knows of it.
        const fd = openSync(join(own, 'gone'), 'w');
        writeSync(fd, Buffer.alloc(1024 * KIB, 1));
        rmSync(join(own, 'gone'));
        expect(used(own)).toBeGreaterThanOrEqual(3072 * KIB);
        expect(used(own)).toBeLessThan(3300 * KIB);
        closeSync(fd);
        expect(used(join(dir, 'volume'))).toBeLessThan(100 * KIB);
      } finally {
        for (const path of [own, below]) execFileSync('umount', ['-l', path]);
      }
    });

  it('goes on where it stopped, in a folder with many files too, and lets go of it when it is given up', () => {
    for (let i = 0; i < 500; i++) writeFileSync(join(dir, `f${i}`), 'x');
    const open = () => readdirSync('/proc/self/fd').length;
    const before = open();
    const walk = new DiskWalk([dir]);
    let steps = 1;
    while (!walk.step(0)) steps += 1;
    expect(steps).toBeGreaterThan(5);
    expect(walk.total).toBe(used(dir));
    const given = new DiskWalk([dir]);
    expect(given.step(0)).toBe(false);
    given.close();
    expect(open()).toBeLessThanOrEqual(before);
  });
});
