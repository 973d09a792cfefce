import { mkdirSync, readFileSync } from 'node:fs';
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
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileAtomic(file, `${JSON.stringify(marks, null, 2)}\n`);
}

const isMarks = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'labels' in value && 'facts' in value;
