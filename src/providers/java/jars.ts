import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { defaultAgentEntry } from '../../agent/entry-path.ts';
import { PjError } from '../../errors.ts';

/** The jars that come with pj: `jvm-host.jar` (host JVMs), `pj-api.jar` (what applications may use), `own-jvm.jar` (hands properties over). */
export type JarName = 'jvm-host.jar' | 'pj-api.jar' | 'own-jvm.jar';

/** Absolute path of one, beside the agent's program, whether it is there or not. */
export function jarPath(name: JarName, agentEntry: string = defaultAgentEntry()): string {
  return join(dirname(agentEntry), 'java', name);
}

/** The same. Throws PJ5602 where it was not built. */
export function jarThere(name: JarName, agentEntry?: string): string {
  const path = jarPath(name, agentEntry);
  if (!existsSync(path)) throw new PjError('PJ5602', { path });
  return path;
}
