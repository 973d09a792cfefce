import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { writeFileAtomic } from '../../../os/atomic-file.ts';
import { errno } from '../../../os/kernel-file.ts';

/** What a `marks.json` holds: labels as on the other runtimes, since LXC has none, and what pj has chosen for it. No value of env is in it. */
export interface Marks<Facts> {
  labels: Record<string, string>;
  facts: Facts;
}

/** Undefined where there is none, or what lies there is none of pj's. */
export function readMarks<Facts>(file: string): Marks<Facts> | undefined {
  try {
    const read: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return isMarks(read) ? (read as Marks<Facts>) : undefined;
  } catch (thrown) {
    if (thrown instanceof SyntaxError || ['ENOENT', 'ENOTDIR'].includes(errno(thrown) ?? '')) return undefined;
    throw thrown;
  }
}

export function writeMarks<Facts>(file: string, marks: Marks<Facts>): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o711 });
  writeFileAtomic(file, `${JSON.stringify(marks, null, 2)}\n`);
}

/** Writes one that must not be there yet, whole or not at all. False: somebody was quicker. */
export function writeNewMarks<Facts>(file: string, marks: Marks<Facts>): boolean {
  mkdirSync(dirname(file), { recursive: true, mode: 0o711 });
  return writeNew(file, `${JSON.stringify(marks, null, 2)}\n`);
}

/** Writes a file that must not be there yet: nobody sees it half-written. False: somebody was quicker. */
export function writeNew(file: string, text: string): boolean {
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(temporary, text, { mode: 0o600, flush: true });
  try {
    linkSync(temporary, file);
    return true;
  } catch (thrown) {
    if (errno(thrown) === 'EEXIST') return false;
    throw thrown;
  } finally {
    rmSync(temporary, { force: true });
  }
}

const isMarks = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'labels' in value && 'facts' in value;
