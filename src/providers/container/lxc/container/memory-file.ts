import { randomBytes } from 'node:crypto';
import { constants, openSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** File systems in memory. */
const FOLDERS = ['/dev/shm', '/run'];

/** A descriptor of a file in memory that has no name, with this text in it: what is secret is on no disk and for nobody else to open. */
export function inMemory(text: string): number {
  const folder = FOLDERS.find((one) => statSync(one, { throwIfNoEntry: false })?.isDirectory()) ?? '/run';
  const path = join(folder, `.pj-${randomBytes(12).toString('hex')}`);
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600);
  unlinkSync(path);
  writeSync(fd, text);
  return fd;
}
