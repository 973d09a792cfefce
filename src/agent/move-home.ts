import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { logFiles as filesOfLog } from '../logs/read.ts';
import type { Spec } from '../model/spec.ts';
import { type Entry, keyOf } from './entry.ts';
import { logFiles } from './log-files.ts';
import { removeVolumes } from './volumes.ts';

/**
 * Gives the volumes and logs of a renamed instance, of which nothing runs, their new name. What stands at the new place already is not
 * overwritten: then the old stays where it is.
 */
export function moveHome(project: string, { home, identity }: Entry, spec: Spec): void {
  // Links lead to the old place; the next start makes them anew. Ephemeral data is of one run.
  removeVolumes(project, home, spec, { persistent: false, shared: false });
  const volumes = join(project, '.pj', 'volumes');
  move(join(volumes, home.id), join(volumes, identity.id));
  move(join(volumes, keyOf(home)), join(volumes, keyOf(identity)));
  const [from, to] = [logFiles(project, home.id), logFiles(project, identity.id)];
  for (const stream of ['out', 'err'] as const) {
    for (const file of filesOfLog(from[stream])) move(file, to[stream] + file.slice(from[stream].length));
  }
}

function move(from: string, to: string): void {
  if (from !== to && existsSync(from) && !existsSync(to)) renameSync(from, to);
}
