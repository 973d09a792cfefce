import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Everything that the engines keep is below this folder. */
export const PLACE: string = resolve(process.env['PJ_ENGINES'] || '/var/tmp/pj-engines');

/** Podman allows 50 characters for its run root and the kernel 107 for a socket's path. */
const LONGEST = 36;

/** A path below the folder; its parent is made. */
export function place(...parts: string[]): string {
  const path = join(PLACE, ...parts);
  mkdirSync(dirname(path), { recursive: true });
  return path;
}

/** A folder below the folder; it is made. */
export function folder(...parts: string[]): string {
  const path = join(PLACE, ...parts);
  mkdirSync(path, { recursive: true });
  return path;
}

/** Throws where the engines cannot work below this folder. */
export function checkPlace(): void {
  if (PLACE.length > LONGEST) {
    throw new Error(`PJ_ENGINES is ${PLACE}: sockets below it need a path of at most ${LONGEST} characters`);
  }
}
