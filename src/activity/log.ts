import { closeSync, fstatSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ActivityEvent } from '../model/awake.ts';
import { errno } from '../os/kernel-file.ts';
import { activityFile, ROTATION, rotateActivity } from './files.ts';

export { activityFile } from './files.ts';

/** What happens to a project, kept in its file and told to whoever listens in this process. */
export interface ActivityLog {
  /** Appends; a disk that is full costs the line and nothing else. */
  tell(event: Omit<ActivityEvent, 'at'>): void;
  /** Called with every event of this process. Gives the way to end it. */
  listen(listener: (event: ActivityEvent) => void): () => void;
}

export function openActivity(
  project: string,
  now: () => Date,
  rotation: { maxSize: number; keep: number } = ROTATION,
): ActivityLog {
  const path = activityFile(project);
  const listeners = new Set<(event: ActivityEvent) => void>();
  return {
    tell(event) {
      const whole: ActivityEvent = { at: now().toISOString(), ...event };
      keep(path, JSON.stringify(whole), rotation);
      for (const listener of listeners) {
        try {
          listener(whole);
        } catch {
          // Whoever tells what has happened must not fail by who hears it.
        }
      }
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Appends the line, and puts a file that has got too long aside. Never throws: what happens matters more than its record. */
function keep(path: string, line: string, rotation: { maxSize: number; keep: number }): void {
  try {
    let file: { size: number; inode: number };
    try {
      file = append(path, line);
    } catch (error) {
      if (errno(error) !== 'ENOENT') return;
      mkdirSync(dirname(path), { mode: 0o700 });
      file = append(path, line);
    }
    if (file.size > rotation.maxSize) rotateActivity(path, file.inode, rotation.keep);
  } catch {
    // A full disk, a folder that was removed: the line is lost.
  }
}

function append(path: string, line: string): { size: number; inode: number } {
  const file = openSync(path, 'a+', 0o600);
  try {
    const { size, ino } = fstatSync(file);
    const text = Buffer.from(`${endsWhole(file, size) ? '' : '\n'}${line}\n`);
    writeSync(file, text);
    return { size: size + text.length, inode: ino };
  } finally {
    closeSync(file);
  }
}

/** False where the last writer was killed, or the disk was full, in its line: only that line is to be lost. */
function endsWhole(file: number, size: number): boolean {
  if (size === 0) return true;
  const last = Buffer.alloc(1);
  return readSync(file, last, 0, 1, size - 1) === 0 || last[0] === 10;
}
