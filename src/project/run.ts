import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { Clock } from '../applier/contract.ts';
import type { LoadedProject } from '../descriptors/load.ts';
import { PjError } from '../errors.ts';
import type { Listener } from '../model/event.ts';
import { type LocalStore, localStore } from '../state/local.ts';
import type { SensitiveValues } from '../values/contract.ts';
import { createDigestKey, ephemeralDigestKey, readDigestKey } from '../values/key.ts';
import { sensitiveValues } from '../values/values.ts';
import { VERSION } from '../version.ts';
import { systemClock } from './clock.ts';
import { type Engines, openEngines, quietly } from './engines.ts';
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

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The project's directory, absolute; throws when it is none. */
export function projectDir(options: ProjectOptions): string {
  const dir = resolve(options.dir ?? '.');
  try {
    return realpathSync(dir);
  } catch (cause) {
    throw new PjError('PJ1001', { dir }, { cause });
  }
}

/** The state of the project in that directory. */
export function storeOf(dir: string): LocalStore {
  return localStore({ dir, pjVersion: VERSION });
}

/**
 * Opens a run: reads the descriptors, finds the key of the digests.
 * @param keep the key is kept in `.pj/key` when there is none yet; else one is made up for this run
 */
export async function openRun(options: ProjectOptions, keep: boolean): Promise<Run> {
  const dir = projectDir(options);
  const env = options.env ?? process.env;
  const loaded = await loadDescriptors(dir, options);
  const key = readDigestKey(dir, env) ?? (keep ? createDigestKey(dir) : ephemeralDigestKey());
  const values = sensitiveValues({ dir, env, key, config: loaded.config, vars: loaded.sensitiveVars });
  const heard = options.onEvent;
  return {
    dir,
    options,
    emit: (event) => heard?.(event),
    signal: options.signal ?? new AbortController().signal,
    clock: systemClock,
    store: storeOf(dir),
    loaded,
    values,
    engines: openEngines({ dir, project: loaded.config.name ?? basename(dir), env, pjVersion: VERSION }),
  };
}

export { quietly };
