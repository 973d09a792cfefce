import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { defaultAgentEntry } from '../../agent/entry-path.ts';
import { PjError } from '../../errors.ts';

/** The jars that come with pj: what applications may use, what hands properties over to a JVM, and the program of host JVMs. */
export type JarName = 'pj-api.jar' | 'own-jvm.jar' | 'jvm-host.jar';

/** Absolute path of one, beside the agent's program; undefined where it was not built. */
export function findJar(name: JarName, env: Record<string, string | undefined>): string | undefined {
  return places(name, env).find((path) => existsSync(path));
}

/** The same. Throws PJ5602 where it was not built. */
export function jarThere(name: JarName, env: Record<string, string | undefined>): string {
  const found = findJar(name, env);
  if (found === undefined) throw new PjError('PJ5602', { path: places(name, env)[0] ?? name });
  return found;
}

const places = (name: JarName, env: Record<string, string | undefined>): string[] =>
  [env['PJ_AGENT_ENTRY'] ?? defaultAgentEntry(), defaultAgentEntry()].map((entry) =>
    join(dirname(entry), 'java', name),
  );
