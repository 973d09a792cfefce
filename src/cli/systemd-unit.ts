import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { PjError } from '../errors.ts';
import { run } from '../os/exec.ts';

/** systemctl waits for the unit's start, or for its end. ms */
const DEADLINE = 60_000;

/** Where a unit belongs, and how systemd is asked about it. */
export interface UnitPlace {
  name: string;
  path: string;
  /** Where `enable` links it. */
  link: string;
  /** argv */
  systemctl: string[];
}

/** Of the project in `projectDir`: in /etc/systemd/system for root, else in the user's own folder. */
export function unitPlace(projectDir: string, env: Record<string, string | undefined>, uid: number): UnitPlace {
  // Two projects may have folders of the same name.
  const hash = createHash('sha256').update(projectDir).digest('hex').slice(0, 8);
  const name = `pj-agent-${basename(projectDir).replaceAll(/[^A-Za-z0-9_.-]/g, '-')}-${hash}.service`;
  const config = env['XDG_CONFIG_HOME'];
  const user = config !== undefined && isAbsolute(config) ? config : join(env['HOME'] ?? '/', '.config');
  const folder = uid === 0 ? '/etc/systemd/system' : join(user, 'systemd/user');
  return {
    name,
    path: join(folder, name),
    link: join(folder, uid === 0 ? 'multi-user.target.wants' : 'default.target.wants', name),
    systemctl: uid === 0 ? ['systemctl'] : ['systemctl', '--user'],
  };
}

/** Puts a unit in its place. False: it was there already, just so. Throws PJ6010. */
export function installUnit(text: string, { path }: UnitPlace): boolean {
  try {
    if (existsSync(path) && readFileSync(path, 'utf8') === text) return false;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.${process.pid}`, text, { mode: 0o644 });
    renameSync(`${path}.${process.pid}`, path);
    return true;
  } catch (cause) {
    throw new PjError('PJ6010', { path, reason: cause instanceof Error ? cause.message : String(cause) }, { cause });
  }
}

/** Takes it away, with its link. False: none was there. Throws PJ6010. */
export function removeUnit({ path, link }: UnitPlace): boolean {
  try {
    const there = existsSync(path);
    for (const one of [link, path]) rmSync(one, { force: true });
    return there;
  } catch (cause) {
    throw new PjError('PJ6010', { path, reason: cause instanceof Error ? cause.message : String(cause) }, { cause });
  }
}

/** Whether systemd manages this machine: what sd_booted(3) looks at. */
export const systemdRuns = (folder = '/run/systemd/system'): boolean => existsSync(folder);

/** Has systemctl do one thing after the other. Throws PJ5703 for the first that fails. */
export async function systemctl(
  { systemctl: argv }: UnitPlace,
  calls: readonly (readonly string[])[],
  env: Record<string, string | undefined>,
): Promise<void> {
  for (const call of calls) {
    const words = [...argv, ...call];
    const ran = await run(words, { timeoutMs: DEADLINE, env: defined(env), cwd: '/' }).catch((error: unknown) => ({
      ...{ code: null, timedOut: false, signal: null },
      stderr: error instanceof Error ? error.message : String(error),
    }));
    if (ran.code === 0) continue;
    const how = ran.timedOut ? `no answer within ${DEADLINE / 1000} s` : `it ended with ${ran.code ?? ran.signal}`;
    throw new PjError('PJ5703', { reason: `\`${words.join(' ')}\`: ${ran.stderr.trim() || how}` });
  }
}

const defined = (env: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(env).filter((one): one is [string, string] => one[1] !== undefined));
