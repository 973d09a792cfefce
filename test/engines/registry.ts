import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { answers } from './answer.ts';
import { ourDaemon, startDaemon, stopDaemon } from './daemon.ts';
import { folder, place } from './place.ts';
import type { Given, Run, Step } from './step.ts';

type RegistryName = 'registry' | 'private-registry';

/** A registry that everybody may use. */
export const registry: Step = {
  name: 'registry',
  packages: ['docker-registry'],
  gives: ['registry'],
  needs: ['docker', 'images'],
  daemons: ['registry'],
  down: () => stopDaemon('registry', 10_000),
  up: (run) => serve('registry', run, 200),
};

/** A registry that wants a name and a password. */
export const privateRegistry: Step = {
  name: 'private-registry',
  packages: ['docker-registry'],
  gives: ['privateRegistry'],
  needs: ['registry'],
  daemons: ['private-registry'],
  down: () => stopDaemon('private-registry', 10_000),
  up(run) {
    const { username, password } = credentials();
    const users = place('private-registry', 'htpasswd');
    writeFileSync(users, `${username}:${bcrypt(password)}\n`, { mode: 0o600 });
    return serve('private-registry', run, 401, { htpasswd: { realm: 'pj', path: users } });
  },
};

async function serve(name: RegistryName, { session, ports }: Run, answer: number, auth?: object): Promise<Given> {
  const host = `127.0.0.1:${ports[name]}`;
  if (ourDaemon(name) !== undefined) {
    if (await answers({ host }, '/v2/', answer)) return {};
    await stopDaemon(name, 10_000);
  }
  const settings = {
    version: '0.1',
    log: { level: 'warn' },
    storage: { filesystem: { rootdirectory: folder(name, 'data') }, delete: { enabled: true } },
    http: { addr: host, secret: randomBytes(16).toString('hex') },
    ...(auth === undefined ? {} : { auth }),
  };
  const file = place(name, 'config.yml');
  writeFileSync(file, JSON.stringify(settings)); // JSON is YAML.
  await startDaemon({
    name,
    file: 'docker-registry',
    args: ['serve', file],
    session,
    ready: () => answers({ host }, '/v2/', answer),
    deadlineMs: 20_000,
  });
  return {};
}

/** Made once for this folder. */
export function credentials(): { username: string; password: string } {
  const file = place('private-registry', 'password');
  if (!existsSync(file)) writeFileSync(file, randomBytes(12).toString('hex'), { mode: 0o600 });
  return { username: 'pj', password: readFileSync(file, 'utf8') };
}

/** The registry knows no other digest. Perl's crypt(3), which every Debian has, can make it. */
function bcrypt(password: string): string {
  const alphabet = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  const salt = Array.from(randomBytes(22), (byte) => alphabet[byte % 64]).join('');
  const script = 'my $p = <STDIN>; print crypt($p, $ARGV[0])';
  const made = spawnSync('perl', ['-e', script, `$2y$05$${salt}`], { input: password, encoding: 'utf8' });
  if (!made.stdout?.startsWith('$2y$')) throw new Error(`perl cannot make a bcrypt digest: ${made.stderr}`);
  return made.stdout;
}
