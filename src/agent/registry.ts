import { mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { PjError } from '../errors.ts';
import { crashPoint } from './crash.ts';
import { type Entry, keyOf, type TenantEntry } from './entry.ts';
import { readEntryFile, writeEntry } from './entry-file.ts';

/**
 * What is on disk. `broken`: what cannot be read as an entry. `copied`: entries that came here with a copy of the folder; what they tell of
 * belongs to the folder that they name, which is still there.
 */
export interface Loaded<E extends Entry> {
  entries: E[];
  broken: { path: string; reason: string }[];
  copied: E[];
}

/** The entries of a project on disk. Who writes is the agent alone; anybody of the project may read. */
export interface Registry {
  readonly dir: string;
  /** What processes are of. */
  load(): Loaded<Entry>;
  loadTenants(): Loaded<TenantEntry>;
  /** Whole or not at all. Throws PJ5209. */
  save(entry: Entry): void;
  remove(of: Pick<Entry, 'identity' | 'inside'>): void;
  /** Takes an entry out of care: kept aside, as what it tells of may run on. Whole or not at all; fine where it is not there. Throws PJ5209. */
  release(entry: Entry): void;
  /** What was released and not dropped since. */
  released(): Entry[];
  /** Forgets a released one for good. */
  drop(entry: Entry): void;
  /** Removes what an interrupted write has left. Only while the agent's lock is held: another agent may be writing otherwise. */
  sweep(): void;
  /** Removes the folder when nothing is left in it. */
  tidy(): void;
}

/** Those of tenants have another name: a process and an application of one id may be there side by side, while one replaces the other. */
const fileOf = ({ identity, inside }: Pick<Entry, 'identity' | 'inside'>) =>
  `${keyOf(identity)}.${inside === undefined ? 'json' : 'tenant'}`;
/** By its home: no two instances that run have the same, while a name may have been given to another since. */
const releasedFileOf = (entry: Entry) => `${keyOf(entry.home)}.released`;

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** A rename that was interrupted leaves an instance under both names: the later write counts. */
function newestOfEach<E extends Entry>(entries: readonly E[]): E[] {
  const byInstance = new Map<string, E>();
  for (const entry of entries) {
    const other = byInstance.get(entry.instance);
    if (other === undefined || other.revision < entry.revision) byInstance.set(entry.instance, entry);
  }
  return [...byInstance.values()];
}

/** Whether the folder that an entry names still has that instance, and is not the one that it was found in by another path. */
function isStillAt({ dir, instance }: Entry, found: string): boolean {
  try {
    const path = join(dir, '.pj', 'agent', basename(found));
    if (statSync(path).ino === statSync(found).ino) return false;
    const there = readEntryFile(path);
    return there.instance === instance && there.dir === dir;
  } catch {
    return false; // No folder, no such entry, or none that can be read.
  }
}

/**
 * The registry of a project: one file an instance, mode 0600 (entry-file.ts). Not fsynced: it only has to outlive the agent; after a
 * power cut no process of it is left anyway.
 */
export function openRegistry(project: string): Registry {
  const dir = join(project, '.pj', 'agent');
  let made = false;
  const read = (pattern: RegExp) => {
    const entries: Entry[] = [];
    const broken: { path: string; reason: string }[] = [];
    const copied: Entry[] = [];
    let names: string[] = [];
    try {
      names = readdirSync(dir);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    for (const name of names.sort()) {
      if (!pattern.test(name)) continue;
      const path = join(dir, name);
      try {
        const entry = readEntryFile(path);
        if (entry.dir === project) entries.push(entry);
        else if (isStillAt(entry, path)) copied.push(entry);
        else entries.push({ ...entry, dir: project }); // The folder was moved, and its workloads with it.
      } catch (error) {
        // Removed between the listing and the reading: it is simply gone.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') broken.push({ path, reason: reasonOf(error) });
      }
    }
    return { entries, broken, copied };
  };
  return {
    dir,
    load() {
      const { entries, broken, copied } = read(/@\d+\.json$/);
      return { entries: newestOfEach(entries), broken, copied };
    },
    loadTenants() {
      const { entries, broken, copied } = read(/@\d+\.tenant$/);
      const isTenant = (entry: Entry): entry is TenantEntry => entry.inside !== undefined;
      for (const entry of [...entries, ...copied].filter((one) => !isTenant(one)))
        broken.push({ path: join(dir, fileOf(entry)), reason: 'it does not say which JVM it is inside' });
      return { entries: newestOfEach(entries.filter(isTenant)), broken, copied: copied.filter(isTenant) };
    },
    save(entry) {
      const path = join(dir, fileOf(entry));
      crashPoint('registry:before-write');
      try {
        // Not the project's folder itself: one that was moved away is not made anew.
        if (!made) for (const folder of [dirname(dir), dir]) makeFolder(folder);
        made = true;
        writeEntry(path, entry);
      } catch (error) {
        made = false;
        throw new PjError('PJ5209', { path, reason: reasonOf(error) }, { cause: error });
      }
      crashPoint('registry:after-write');
    },
    remove(of) {
      crashPoint('registry:before-remove');
      rmSync(join(dir, fileOf(of)), { force: true });
      crashPoint('registry:after-remove');
    },
    release(entry) {
      crashPoint('registry:before-release');
      const path = join(dir, fileOf(entry));
      try {
        renameSync(path, join(dir, releasedFileOf(entry)));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
          throw new PjError('PJ5209', { path, reason: reasonOf(error) }, { cause: error });
      }
      crashPoint('registry:after-release');
    },
    released: () => read(/@\d+\.released$/).entries,
    drop(entry) {
      rmSync(join(dir, releasedFileOf(entry)), { force: true });
    },
    sweep() {
      try {
        for (const name of readdirSync(dir))
          if (/\.(json|tenant)\.tmp$/.test(name)) rmSync(join(dir, name), { force: true });
      } catch {
        // It is not there: nothing to sweep.
      }
    },
    tidy() {
      try {
        rmdirSync(dir);
        made = false;
      } catch {
        // Not empty or not there: nothing to tidy.
      }
    },
  };
}

/** Makes one folder of the user's own; fine where it is. */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
