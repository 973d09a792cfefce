import { createHash, randomBytes } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readAwakeConfig } from '../agent/awake/config-file.ts';
import type { Clock } from '../applier/contract.ts';
import type { LoadedProject } from '../descriptors/load.ts';
import { PjError } from '../errors.ts';
import type { Listener } from '../model/event.ts';
import type { SecretSource } from '../model/plan.ts';
import type { LoadedState } from '../state/contract.ts';
import { type LocalStore, localStore, makeStateFolder } from '../state/local.ts';
import type { SensitiveValues } from '../values/contract.ts';
import { createDigestKey, readDigestKey } from '../values/digest-key.ts';
import { createSensitiveValues } from '../values/sensitive-values.ts';
import { VERSION } from '../version.ts';
import { systemClock } from './clock.ts';
import { type Engines, openEngines } from './engines.ts';
import { hideInError, hideInEvent } from './hide.ts';
import { loadDescriptors } from './load.ts';
import type { ProjectOptions } from './options.ts';

/** Everything that one run works with. Made anew for each: nothing is remembered between two runs. */
export interface Run {
  /** Absolute, links resolved. */
  dir: string;
  options: ProjectOptions;
  emit: Listener;
  signal: AbortSignal;
  clock: Clock;
  store: LocalStore;
  loaded: LoadedProject;
  values: SensitiveValues;
  engines: Engines;
}

/** sha256 of a text, hex. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The project's directory, absolute; throws when it is none. */
export function projectDir(options: ProjectOptions): string {
  const dir = resolve(options.dir ?? '.');
  try {
    return realpathSync(dir);
  } catch (cause) {
    throw new PjError('PJ1007', { dir }, { cause });
  }
}

/** The state of the project in that directory. */
export function storeOf(dir: string): LocalStore {
  return localStore({ dir, pjVersion: VERSION });
}

/**
 * Opens a run: reads the descriptors, finds the key of the digests.
 * `keepKey`: the key is kept in `.pj/key` when there is none yet; else one is made up for this run.
 * `recorded`: sources of sensitive values that a saved plan names; they hold over pj.yaml's.
 */
export async function openRun(
  options: ProjectOptions,
  { keepKey, recorded }: { keepKey: boolean; recorded?: Record<string, SecretSource> },
): Promise<Run> {
  const dir = projectDir(options);
  const env = options.env ?? process.env;
  const loaded = await loadDescriptors(dir, options);
  const key = keepKey ? await keptKey(dir, env) : ((await readDigestKey(dir, env)) ?? randomBytes(32));
  const values = createSensitiveValues({
    dir,
    env,
    key,
    secrets: loaded.config.secrets,
    variables: loaded.sensitiveVariables,
    ...(recorded === undefined ? {} : { recorded }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const heard = options.onEvent;
  const { store, began } = remembering(storeOf(dir));
  return {
    dir,
    options,
    emit: (event) => heard?.(hideInEvent(event, values.redact)),
    signal: options.signal ?? new AbortController().signal,
    clock: systemClock,
    store,
    loaded,
    values,
    engines: openEngines({
      dir,
      // Of a pj.yaml that cannot be read the name is not known: it is the one that was applied.
      project: (loaded.errors.length > 0 ? readAwakeConfig(dir)?.name : undefined) ?? loaded.config.name,
      env,
      pjVersion: VERSION,
      recorded: async () => (began() ?? (await store.load())).snapshot,
    }),
  };
}

/** A store that remembers what was there when it was first read. */
function remembering(store: LocalStore): { store: LocalStore; began: () => LoadedState | undefined } {
  let first: LoadedState | undefined;
  const load = async (): Promise<LoadedState> => {
    const loaded = await store.load();
    first ??= loaded;
    return loaded;
  };
  return { store: { ...store, load }, began: () => first };
}

/** The key of the digests, made where there is none; in a folder that version control leaves alone. */
async function keptKey(dir: string, env: Record<string, string | undefined>): Promise<Buffer> {
  const there = await readDigestKey(dir, env);
  if (there !== undefined) return there;
  await makeStateFolder(join(dir, '.pj'));
  return createDigestKey(dir, env);
}

/** Opens a run as openRun does, does `work` with it, and closes what it has opened. No error of it holds a sensitive value that is known. */
export async function withRun<T>(
  options: ProjectOptions,
  opening: Parameters<typeof openRun>[1],
  work: (run: Run) => Promise<T>,
): Promise<T> {
  const run = await openRun(options, opening);
  try {
    return await work(run);
  } catch (thrown) {
    throw hideInError(thrown, run.values.redact);
  } finally {
    await run.engines.close();
  }
}
