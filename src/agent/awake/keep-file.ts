import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Json, JsonObject } from '../../model/json.ts';
import { isObject } from '../../model/json.ts';
import { crashPoint } from '../crash.ts';
import type { Keep } from './contract.ts';

/** The one file in which the parts of the watch keep what must survive the agent's end. What cannot be read is as if nothing was kept. */
export function openKeep(project: string): (part: string) => Keep {
  const path = join(project, '.pj', 'agent', 'awake.json');
  const all = read(path);
  return (part) => ({
    read: () => all[part],
    write(value: Json) {
      all[part] = value;
      const next = `${path}.tmp`;
      crashPoint('awake:before-keep');
      const file = openSync(next, 'w', 0o600);
      try {
        writeSync(file, JSON.stringify(all));
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      crashPoint('awake:before-rename');
      renameSync(next, path);
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
