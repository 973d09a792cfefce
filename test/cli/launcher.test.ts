import { execFile } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

const dirs: string[] = [];
function scratch(): string {
  const dir = mkdtempSync(join(tmpdir(), 'pj-launcher-'));
  dirs.push(dir);
  return dir;
}
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the launcher below `home`, or another program in its place. */
function pj(
  args: string[],
  options: { home?: string; env?: Record<string, string>; shell?: string } = {},
): Promise<Ran> {
  const launcher = join(options.home ?? root, 'bin/pj.js');
  const [file, argv] =
    options.shell === undefined ? [process.execPath, [launcher, ...args]] : ['bash', ['-c', options.shell, launcher]];
  const env: Record<string, string> = {
    PATH: process.env['PATH'] ?? '',
    HOME: '/nonexistent',
    TERM: 'dumb',
    ...options.env,
  };
  return new Promise((done) => {
    execFile(file, argv, { env, timeout: 60_000 }, (error, stdout, stderr) => {
      done({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr });
    });
  });
}

/** A stand-in for an installed pj: the launcher, package.json, and a bundle that says how it was loaded. */
function installed(): string {
  const home = scratch();
  cpSync(join(root, 'bin'), join(home, 'bin'), { recursive: true });
  writeFileSync(join(home, 'package.json'), JSON.stringify({ version: '9.8.7' }));
  return home;
}
function bundle(home: string, text: string): void {
  mkdirSync(join(home, 'dist'), { recursive: true });
  writeFileSync(
    join(home, 'dist/pj.cjs'),
    `// pj 9.8.7 abc\nexports.isCommand = (w) => w === 'plan'; exports.main = (argv) => { ${text} };\n`,
  );
}
/** The cache files below a cache folder. */
const cached = (cache: string): string[] =>
  readdirSync(cache, { recursive: true, withFileTypes: true }).flatMap((e) =>
    e.isFile() ? [join(e.parentPath, e.name)] : [],
  );

describe('the launcher', () => {
  it('answers --version without loading anything: there is no bundle here', async () => {
    const home = installed();
    expect(await pj(['--version'], { home })).toEqual({ code: 0, stdout: 'pj 9.8.7\n', stderr: '' });
    expect(await pj(['-v'], { home })).toEqual({ code: 0, stdout: 'pj 9.8.7\n', stderr: '' });
  });

  it('says what to do when nothing is built', async () => {
    const ran = await pj(['plan'], { home: installed() });
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toContain('npm run build');
  });

  it('shows the help that the build wrote, and leaves what it does not know to the program', async () => {
    const home = installed();
    bundle(home, "console.log('program', argv.join(' '));");
    mkdirSync(join(home, 'dist/help'));
    for (const name of ['pj', 'plan', 'plan-diff'])
      writeFileSync(join(home, `dist/help/${name}.txt`), `help of ${name}\n`);
    const out = async (...args: string[]) => (await pj(args, { home })).stdout.trim();
    expect(await out()).toBe('help of pj');
    expect(await out('--help')).toBe('help of pj');
    expect(await out('help')).toBe('help of pj');
    expect(await out('plan', '-h')).toBe('help of plan');
    expect(await out('help', 'plan', 'diff')).toBe('help of plan-diff');
    expect(await out('plan', 'diff', '--help')).toBe('help of plan-diff');
    expect(await out('plan', 'web', '--help')).toBe('help of plan');
    expect(await out('plna', '--help')).toBe('program plna --help');
    expect(await out('..', '--help')).toBe('program .. --help');
    expect(await out('plan', '--', '--help')).toBe('program plan -- --help');
  });

  it('keeps compiled code in a private folder, and goes on without it where it cannot', async () => {
    const home = installed();
    bundle(home, "console.log('ran');");
    const cache = scratch();
    const env = { XDG_CACHE_HOME: join(cache, 'deep') };
    expect((await pj(['plan'], { home, env })).stdout).toBe('ran\n');
    const [file = ''] = cached(cache);
    expect(file).toMatch(/\/pj\/9\.8\.7-v[\d.]+-\w+-abc\/plan$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(file)).mode & 0o777).toBe(0o700);
    for (const XDG_CACHE_HOME of ['/dev/null/x', 'relative', ''])
      expect(await pj(['plan'], { home, env: { XDG_CACHE_HOME } })).toEqual({ code: 0, stdout: 'ran\n', stderr: '' });
  });

  it('keeps one cache a command and way that it goes: by the state, and what is in that', async () => {
    const home = installed();
    bundle(home, "console.log('ran');");
    const cache = scratch();
    const project = scratch();
    const env = { XDG_CACHE_HOME: cache, PJ_DIR: project };
    mkdirSync(join(project, '.pj'));
    const names: string[] = [];
    for (const provider of ['native', 'volume', 'vm', 'java', 'jvm']) {
      writeFileSync(join(project, '.pj/state.json'), `{"provider": "${provider}"}`);
      await pj(['plan'], { home, env });
      for (const file of cached(cache)) {
        names.push(file.slice(file.lastIndexOf('/') + 1));
        rmSync(file);
      }
    }
    expect(names).toEqual([
      'plan.state',
      'plan.state-containers',
      'plan.state-vms',
      'plan.state-java',
      'plan.state-java',
    ]);
  });

  it('stops rewriting the cache after a few runs, and writes none for what is no command or failed', async () => {
    const home = installed();
    bundle(home, "process.exitCode = argv.includes('bad') ? 1 : 0;");
    const cache = scratch();
    const env = { XDG_CACHE_HOME: cache };
    await pj(['other'], { home, env });
    await pj(['plan', 'bad'], { home, env });
    expect(cached(cache)).toEqual([]);
    const inodes: number[] = [];
    for (let i = 0; i < 6; i++) {
      await pj(['plan'], { home, env });
      inodes.push(statSync(cached(cache)[0] ?? '').ino);
    }
    expect(inodes[5]).toBe(inodes[3]);
    expect(inodes[1]).not.toBe(inodes[0]);
  });

  it('uses no cache that is damaged, or that others may write', async () => {
    const home = installed();
    bundle(home, "console.log('ran');");
    const cache = scratch();
    const env = { XDG_CACHE_HOME: cache };
    await pj(['plan'], { home, env });
    const [file = ''] = cached(cache);
    writeFileSync(file, 'garbage that is longer than a header');
    expect(await pj(['plan'], { home, env })).toEqual({ code: 0, stdout: 'ran\n', stderr: '' });
    const before = statSync(dirname(file)).mode;
    chmodSync(dirname(file), 0o777);
    const [left] = [readFileSync(file)];
    expect((await pj(['plan'], { home, env })).stdout).toBe('ran\n');
    expect(readFileSync(file).equals(left)).toBe(true);
    chmodSync(dirname(file), before & 0o777);
  });

  it('does not mind when nobody reads on', async () => {
    const ran = await pj([], { shell: 'set -o pipefail; node "$0" --help | head -1' });
    expect(ran).toEqual({ code: 0, stdout: 'pj: plan and apply for running workloads\n', stderr: '' });
    const program = await pj([], { shell: 'set -o pipefail; node "$0" completion bash | head -1' });
    expect(program).toMatchObject({ code: 0, stderr: '' });
  });

  it('is this version', async () => {
    expect((await pj(['--version'])).stdout).toBe(`pj ${version}\n`);
    expect((await pj(['version'])).stdout).toContain(`pj ${version} (node `);
  });
});
