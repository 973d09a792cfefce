import { type Dir, lstatSync, opendirSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errno } from '../kernel-file.ts';

/** Entries that are looked at before it stops: it holds at least what was counted until then. */
const MOST = 1_000_000;
const BLOCK = 512;

interface Here {
  folder: Dir;
  path: string;
  device: number;
}

/**
 * Bytes that folders and files take on disk, step by step: each step looks at some entries, so that whoever walks can do other things between two. A folder
 * that is a file system of its own is asked what it holds, with one call. Links are not followed, and other file systems below are left out; a file with
 * several names counts once.
 */
export class DiskWalk {
  /** Bytes so far. */
  total = 0;
  /** It stopped at a million entries. */
  cut = false;
  private readonly left: { path: string; device: number }[] = [];
  private here: Here | undefined;
  private readonly seen = new Set<string>();
  private entries = 0;

  constructor(places: readonly string[]) {
    for (const path of places) {
      const stat = look(path);
      if (stat === undefined) continue;
      if (!stat.isDirectory()) this.count(stat);
      else if (isMount(path, stat.dev)) this.total += usedOf(path);
      else {
        this.count(stat);
        this.left.push({ path, device: stat.dev });
      }
    }
  }

  /** Goes on for about so many milliseconds. True: it is through. */
  step(ms: number): boolean {
    const end = performance.now() + ms;
    for (let n = 1; ; n++) {
      if (this.entries >= MOST) {
        this.cut = true;
        this.close();
        return true;
      }
      if (!this.next()) return true;
      if (n % 64 === 0 && performance.now() >= end) return false;
    }
  }

  /** Lets go of it where it is not through. */
  close(): void {
    this.here?.folder.closeSync();
    this.here = undefined;
    this.left.length = 0;
  }

  /** Looks at one entry. False: there are no more. */
  private next(): boolean {
    this.here ??= this.open();
    if (this.here === undefined) return false;
    const { folder, path, device } = this.here;
    const entry = folder.readSync();
    if (entry === null) {
      folder.closeSync();
      this.here = undefined;
      return true;
    }
    this.entries += 1;
    const full = join(path, entry.name);
    const stat = look(full);
    if (stat === undefined || stat.dev !== device) return true;
    this.count(stat);
    if (stat.isDirectory()) this.left.push({ path: full, device });
    return true;
  }

  private open(): Here | undefined {
    for (let one = this.left.pop(); one !== undefined; one = this.left.pop()) {
      try {
        return { ...one, folder: opendirSync(one.path) };
      } catch (thrown) {
        // It has gone, or is not ours to look at.
        if (errno(thrown) === undefined) throw thrown;
      }
    }
    return undefined;
  }

  private count(stat: { dev: number; ino: number; nlink: number; blocks: number; isDirectory(): boolean }): void {
    if (stat.nlink > 1 && !stat.isDirectory()) {
      const key = `${stat.dev}:${stat.ino}`;
      if (this.seen.has(key)) return;
      this.seen.add(key);
    }
    this.total += stat.blocks * BLOCK;
  }
}

function look(path: string) {
  try {
    return lstatSync(path);
  } catch (thrown) {
    if (errno(thrown) === undefined) throw thrown;
    return undefined;
  }
}

/** One whose folder may not be looked at is walked. */
function isMount(path: string, device: number): boolean {
  const above = look(dirname(path));
  return above !== undefined && above.dev !== device;
}

function usedOf(path: string): number {
  try {
    const { blocks, bfree, bsize } = statfsSync(path);
    return (blocks - bfree) * bsize;
  } catch (thrown) {
    // It has gone, or whoever serves it has.
    if (errno(thrown) === undefined) throw thrown;
    return 0;
  }
}
