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
  // As text: a part may change what it has handed over, and another part's write must not keep half of that.
  const all = new Map(Object.entries(read(path)).map(([part, value]) => [part, JSON.stringify(value)]));
  return (part) => ({
    read() {
      const text = all.get(part);
      return text === undefined ? undefined : (JSON.parse(text) as Json);
    },
    write(value: Json) {
      const next = `${path}.tmp`;
      const text = JSON.stringify(value);
      crashPoint('awake:before-keep');
      const file = openSync(next, 'w', 0o600);
      try {
        // Not writeSync: a disk that is nearly full takes a part without an error.
        const others = [...all].filter(([name]) => name !== part);
        const parts = [...others, [part, text] as const].map(([name, one]) => `${JSON.stringify(name)}:${one}`);
        writeFileSync(file, `{${parts.join(',')}}`);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      crashPoint('awake:before-rename');
      renameSync(next, path);
      // Not before: another part would write for it what its own part does not stand by any more.
      all.set(part, text);
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
