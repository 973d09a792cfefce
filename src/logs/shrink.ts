import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tools } from '../os/tools.ts';
import type { PendingRotation, Shrink } from './position.ts';

/** What the file system of a folder can do, tried out on a file of its own. */
export async function bestShrink(folder: string, tools: Tools): Promise<Shrink> {
  if (tools.fallocate === undefined) return 'truncate';
  const block = statfsSync(folder).bsize;
  const probe = join(folder, `.pj-probe-${randomBytes(6).toString('hex')}`);
  try {
    writeFileSync(probe, Buffer.alloc(2 * block), { flag: 'wx', mode: 0o600 });
    if (tools.sh !== undefined && (await works(tools.fallocate, collapseArguments(block, probe)))) return 'collapse';
    return (await works(tools.fallocate, punchArguments(block, probe))) ? 'punch' : 'truncate';
  } finally {
    rmSync(probe, { force: true });
  }
}

/**
 * Takes the first part out of a file that carries the token; does nothing where it does not any more. Looking and collapsing are
 * one, under a lock: the fallocate of a rotation that was killed may still be running, and twice would lose lines.
 */
const COLLAPSE = `[ "$(head -c "$3" "$2" | tr -d '\\0')" = "$4" ] || exit 0
exec "$1" --collapse-range --offset 0 --length "$5" "$2"`;

/** True when it has been taken out, by this call or another. */
export async function collapseStamped(
  path: string,
  pending: PendingRotation,
  lock: string,
  tools: Tools,
): Promise<boolean> {
  if (tools.fallocate === undefined || tools.sh === undefined) return false;
  const { token, end } = pending;
  const script = ['-c', COLLAPSE, 'pj-rotate', tools.fallocate, path, String(token.length), token, String(end)];
  if (tools.flock === undefined) return works(tools.sh, script);
  return works(tools.flock, ['-w', '10', lock, tools.sh, ...script]);
}

/** Gives the disk space of the first part back; it reads as zeros then. Twice is the same as once. */
export async function punch(path: string, end: number, tools: Tools): Promise<boolean> {
  return tools.fallocate !== undefined && works(tools.fallocate, punchArguments(end, path));
}

const collapseArguments = (length: number, path: string): string[] => [
  '--collapse-range',
  '--offset',
  '0',
  '--length',
  String(length),
  path,
];

const punchArguments = (length: number, path: string): string[] => [
  '--punch-hole',
  '--offset',
  '0',
  '--length',
  String(length),
  path,
];

function works(command: string, args: string[]): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(command, args, { timeout: 30_000, killSignal: 'SIGKILL' }, (failure) => resolve(failure === null));
  });
}
