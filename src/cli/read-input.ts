import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { PjError } from '../errors.ts';

/** The text of a file, or of stdin for `-`. Throws PJ6013. */
export async function readInput(path: string): Promise<string> {
  try {
    return path === '-' ? await text(process.stdin) : await readFile(path, 'utf8');
  } catch (cause) {
    throw new PjError('PJ6013', { path, reason: cause instanceof Error ? cause.message : String(cause) }, { cause });
  }
}
