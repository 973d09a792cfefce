import { mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PjError } from '../errors.ts';
import { isObject } from '../model/json.ts';
import { crashPoint } from './crash.ts';
import { type Entry, keyOf } from './entry.ts';

/** The entries of a project on disk. Who writes is the agent alone; anybody of the project may read. */
export interface Registry {
  readonly dir: string;
  /** What is on disk. What cannot be read as an entry is set aside (renamed) only by the agent, and reported here. */
  load(): { entries: Entry[]; broken: { path: string; reason: string }[] };
  /** Whole or not at all. Throws PJ5209. */
  save(entry: Entry): void;
  remove(identity: { id: string; generation: number }): void;
  /** Removes the folder when nothing is left in it. */
  tidy(): void;
}

const fileOf = (key: string) => `${key}.json`;

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Reads one entry; throws an Error that says what is wrong with it. */
function parse(text: string): Entry {
  const value: unknown = JSON.parse(text);
  if (!isObject(value)) throw new Error('not an object');
  if (value['version'] !== 1) throw new Error(`version ${JSON.stringify(value['version'])} is not known to this pj`);
  if (!isObject(value['identity']) || !isObject(value['spec']) || typeof value['phase'] !== 'string') {
    throw new Error('it is not whole');
  }
  return value as unknown as Entry;
}

/** A rename that was interrupted leaves an instance under both names: the later write counts. */
function newestOfEach(entries: readonly Entry[]): Entry[] {
  const byInstance = new Map<string, Entry>();
  for (const entry of entries) {
    const other = byInstance.get(entry.instance);
    if (other === undefined || other.revision < entry.revision) byInstance.set(entry.instance, entry);
  }
  return [...byInstance.values()];
}

/**
 * The registry of a project: one file an instance, mode 0600, each replaced atomically. Not fsynced: it only has to outlive the agent; after a
 * power cut no process of it is left anyway.
 */
export function openRegistry(project: string): Registry {
  const dir = join(project, '.pj', 'agent');
  let made = false;
  return {
    dir,
    load() {
      const entries: Entry[] = [];
      const broken: { path: string; reason: string }[] = [];
      let names: string[] = [];
      try {
        names = readdirSync(dir);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
      for (const name of names.sort()) {
        if (!/@\d+\.json$/.test(name)) continue;
        const path = join(dir, name);
        try {
          entries.push(parse(readFileSync(path, 'utf8')));
        } catch (error) {
          // Removed between the listing and the reading: it is simply gone.
          if ((error as NodeJS.ErrnoException).code !== 'ENOENT') broken.push({ path, reason: reasonOf(error) });
        }
      }
      return { entries: newestOfEach(entries), broken };
    },
    save(entry) {
      const path = join(dir, fileOf(keyOf(entry.identity)));
      crashPoint('registry:before-write');
      try {
        if (!made) mkdirSync(dir, { recursive: true, mode: 0o700 });
        made = true;
        writeFileSync(`${path}.tmp`, JSON.stringify(entry), { mode: 0o600 });
        crashPoint('registry:before-rename');
        renameSync(`${path}.tmp`, path);
      } catch (error) {
        made = false;
        throw new PjError('PJ5209', { path, reason: reasonOf(error) }, { cause: error });
      }
      crashPoint('registry:after-write');
    },
    remove(identity) {
      crashPoint('registry:before-remove');
      rmSync(join(dir, fileOf(keyOf(identity))), { force: true });
      crashPoint('registry:after-remove');
    },
    tidy() {
      try {
        for (const name of readdirSync(dir)) if (name.endsWith('.json.tmp')) rmSync(join(dir, name), { force: true });
        rmdirSync(dir);
        made = false;
      } catch {
        // Not empty or not there: nothing to tidy.
      }
    },
  };
}
