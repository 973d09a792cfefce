import type { Identity } from '../model/record.ts';
import type { Spec } from '../model/spec.ts';
import { MARK, markOf } from './entry.ts';
import { volumeEnv } from './volumes.ts';

/** What a process has of the environment of whoever ran pj: what a login gives, nothing else. */
const INHERITED = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LANGUAGE', 'TZ', 'TMPDIR', 'XDG_RUNTIME_DIR'];

/** The part of an environment that every native process gets. LC_* too. */
export function baseEnvironment(env: Record<string, string | undefined>): Record<string, string> {
  const base: Record<string, string> = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && value !== '' && (INHERITED.includes(name) || /^LC_[A-Z]+$/.test(name))) {
      base[name] = value;
    }
  }
  return base;
}

/** The whole environment of a process: the base, its user's, volumes, properties, env; the mark last, so that nothing hides it. */
export function processEnvironment(
  project: string,
  identity: Identity,
  spec: Spec,
  base: Record<string, string>,
  user: { name: string; home: string } | undefined,
  token: string,
): Record<string, string> {
  const own = user === undefined ? {} : { HOME: user.home, USER: user.name, LOGNAME: user.name };
  const login = { ...base };
  if (user !== undefined) delete login['XDG_RUNTIME_DIR'];
  return {
    ...login,
    ...own,
    ...volumeEnv(project, identity, spec),
    ...spec.properties,
    ...spec.env,
    [MARK]: markOf(identity, token),
  };
}
