import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { type CgroupHost, openCgroup } from '../../../src/os/cgroup.ts';
import { writeKernelFile } from '../../../src/os/kernel-file.ts';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../../..');
const sources = join(import.meta.dirname, 'java');

/** A JDK that tests run on. */
export type Jdk = { feature: number; java: string };

/** What keeps these tests from running; undefined: nothing. */
export function javaMissing(): string | undefined {
  if (javac() === undefined) return 'no javac in PATH';
  return existsSync(join(root, 'dist/java/jvm-host.jar')) ? undefined : 'dist/java is not built';
}

function javac(): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((dir) => join(dir, 'javac'))
    .find((file) => existsSync(file));
}

/** That of PATH and those of /usr/lib/jvm, one for each version of 17 and up. */
export async function jdks(): Promise<Jdk[]> {
  const base = '/usr/lib/jvm';
  const homes = existsSync(base) ? readdirSync(base).map((name) => join(base, name, 'bin/java')) : [];
  const found = new Map<number, Jdk>();
  for (const java of ['java', ...homes.filter((file) => existsSync(file))]) {
    const { stderr } = await run(java, ['-version']).catch(() => ({ stderr: '' }));
    const feature = Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0);
    if (feature >= 17 && !found.has(feature)) found.set(feature, { feature, java });
  }
  return [...found.values()].sort((a, b) => a.feature - b.feature);
}

/** The driver and the applications that it runs (java/), compiled into a folder of its own. */
export class IsolationDriver {
  readonly dir = mkdtempSync(join(tmpdir(), 'pj-isolation-'));
  private readonly classPath = [
    join(root, 'dist/java/jvm-host.jar'),
    join(root, 'dist/java/pj-api.jar'),
    join(this.dir, 'driver'),
  ].join(delimiter);

  async compile(): Promise<void> {
    const files = (dir: string) => readdirSync(join(sources, dir)).map((name) => join(sources, dir, name));
    for (const dir of ['driver', 'app']) mkdirSync(join(this.dir, dir));
    const flags = ['--release', '17', '-nowarn', '-proc:none'];
    const compiler = javac() ?? 'javac';
    await run(compiler, [...flags, '-cp', this.classPath, '-d', join(this.dir, 'driver'), ...files('io/pj/host')]);
    await run(compiler, [...flags, '-d', join(this.dir, 'app'), ...files('app')]);
  }

  /** What a mode of the driver wrote: `name=value` lines, `place` lines joined by a blank. Fails unless it came to its end. */
  async run(jdk: Jdk, mode: string, args: string[] = [], groups: string[] = []): Promise<Record<string, string>> {
    const allow = jdk.feature >= 18 && jdk.feature <= 23 ? ['-Djava.security.manager=allow'] : [];
    const command = [jdk.java, ...allow, '-Xmx128m', '-cp', this.classPath, 'io.pj.host.Driver', mode];
    const argv = [...command, join(this.dir, 'app'), ...args];
    const joins = groups.map((group) => `echo 0 > ${group} && `).join('');
    const enter = groups.length === 0 ? [] : ['sh', '-c', `${joins}exec "$0" "$@"`];
    const [file = '', ...rest] = [...enter, ...argv];
    const { stdout, stderr } = await run(file, rest, { timeout: 170_000, killSignal: 'SIGKILL' });
    const told: Record<string, string> = {};
    for (const line of stdout.split('\n')) {
      const at = line.indexOf('=');
      if (at < 0) continue;
      const name = line.slice(0, at);
      told[name] = name in told ? `${told[name]} ${line.slice(at + 1)}` : line.slice(at + 1);
    }
    if (told['end'] !== 'reached') throw new Error(`the driver did not come to its end:\n${stdout}\n${stderr}`);
    return told;
  }

  /** Runs a mode inside a group such as the agent makes: without limits, or with some and before all else on this machine. */
  async runInGroup(jdk: Jdk, mode: string, host: CgroupHost, favoured = false): Promise<Record<string, string>> {
    const top = `pj-test-${randomBytes(6).toString('hex')}`;
    const group = openCgroup(host, favoured ? [top, 'pj', 'jvm@1+x'] : ['pj', top, 'jvm@1+x']);
    try {
      group.create();
      if (favoured) {
        group.setLimits({ cpu: 64, pids: 500 });
        const base = host.version === 'v2' ? host.unified : host.v1.cpu;
        const file = host.version === 'v2' ? ['cpu.weight', '10000'] : ['cpu.shares', '200000'];
        const refused = writeKernelFile(join(base ?? '', top, file[0] ?? ''), file[1] ?? '');
        if (refused !== undefined) throw new Error(`${file[0]}: ${refused}`);
      }
      return await this.run(jdk, mode, [], group.procsFiles());
    } finally {
      await group.killAndRemove();
    }
  }

  clear(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}
