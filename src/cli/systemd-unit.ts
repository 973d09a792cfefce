import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { PjError } from '../errors.ts';

/**
 * Puts a unit where systemd looks for it: /etc/systemd/system for root, else the user's own folder. Gives its path and the command
 * that enables it. Throws PJ6010.
 */
export function installUnit(
  text: string,
  projectDir: string,
  env: Record<string, string | undefined>,
  uid: number,
): { path: string; next: string } {
  // Two projects may have folders of the same name.
  const hash = createHash('sha256').update(projectDir).digest('hex').slice(0, 8);
  const name = `pj-agent-${basename(projectDir).replaceAll(/[^A-Za-z0-9_.-]/g, '-')}-${hash}.service`;
  const config = env['XDG_CONFIG_HOME'];
  const user = config !== undefined && isAbsolute(config) ? config : join(env['HOME'] ?? '/', '.config');
  const path = uid === 0 ? join('/etc/systemd/system', name) : join(user, 'systemd/user', name);
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.${process.pid}`, text, { mode: 0o644 });
    renameSync(`${path}.${process.pid}`, path);
  } catch (cause) {
    throw new PjError('PJ6010', { path, reason: cause instanceof Error ? cause.message : String(cause) }, { cause });
  }
  const systemctl = uid === 0 ? 'systemctl' : 'systemctl --user';
  return { path, next: `${systemctl} daemon-reload && ${systemctl} enable --now ${name}` };
}
