import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Json, JsonObject } from '../../model/json.ts';
import { isObject } from '../../model/json.ts';
import { fsyncFolder } from '../../os/atomic-file.ts';
import { crashPoint } from '../crash.ts';
import type { Keep } from './contract.ts';

/** The one file in which the parts of the watch keep what must survive the agent's end. What cannot be read is as if nothing was kept. */
export function openKeep(project: string): (part: string) => Keep {
  const path = join(project, '.pj', 'agent', 'awake.json');
  const all = read(path);
  return (part) => ({
    read: () => all[part],
    write(value: Json) {
      const next = `${path}.tmp`;
      crashPoint('awake:before-keep');
      const file = openSync(next, 'w', 0o600);
      try {
        // Not writeSync: a disk that is nearly full takes a part without an error.
        writeFileSync(file, JSON.stringify({ ...all, [part]: value }));
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      crashPoint('awake:before-rename');
      renameSync(next, path);
      // Not before: another part would write for it what its own part does not stand by any more.
      all[part] = value;
      fsyncFolder(dirname(path));
      crashPoint('awake:after-keep');
    },
  });
}

function read(path: string): JsonObject {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as Json;
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
