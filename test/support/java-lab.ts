import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTool } from '../engines/guest/run-tool.ts';
import { compile, listHost } from './java-hosts.ts';
import { Scratch, until } from './pj.ts';

const SOURCES = join(import.meta.dirname, 'java');
const source = (name: string): string => readFileSync(join(SOURCES, name), 'utf8');
export const APPLY = ['apply', '--auto-approve'];

/** Programs of test/support/java, compiled for Java 17 into a folder of their own, and projects that run them. */
export class JavaLab {
  readonly dir = mkdtempSync(join(tmpdir(), 'pj-lab-'));
  readonly classes = join(this.dir, 'iso');
  readonly quit = join(this.dir, 'quit.jar');
  private readonly home: string;

  /** `home`: of the JDK that compiles. */
  constructor(home: string) {
    this.home = home;
  }

  async compile(): Promise<void> {
    await this.jar(this.quit, { 'lib/Quit.java': source('lib/Quit.java') });
    // What iso.App is compiled against is not what it runs with.
    const version = join(this.dir, 'version.jar');
    await this.library(version, 'none');
    const names = ['App', 'Load', 'Tries', 'Hsqldb'];
    const sources = Object.fromEntries(names.map((name) => [`iso/${name}.java`, source(`iso/${name}.java`)]));
    await compile(this.home, this.classes, sources, { classpath: `${this.quit}:${version}` });
  }

  /** A jar with lib.Version, which says this name. */
  library(to: string, name: string): Promise<void> {
    const text = `package lib; public final class Version { public static String name() { return "${name}"; } }`;
    return this.jar(to, { 'lib/Version.java': text }, `Implementation-Version: lib-${name}\n`);
  }

  /** A new file takes an old one's place. */
  private async jar(to: string, sources: Record<string, string>, manifest = ''): Promise<void> {
    const work = mkdtempSync(join(this.dir, 'jar-'));
    await compile(this.home, join(work, 'classes'), sources);
    writeFileSync(join(work, 'manifest'), manifest);
    const jar = ['--create', '--file', join(work, 'made.jar'), '--manifest', join(work, 'manifest')];
    await runTool(`${this.home}/bin/jar`, [...jar, '-C', join(work, 'classes'), '.'], '/', 60_000);
    await runTool('mv', [join(work, 'made.jar'), to], '/', 10_000);
  }

  /** A project whose host JVMs run on the JDK of `home`. */
  open(home: string): LabProject {
    return new LabProject(this, home);
  }

  clear(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** What is to be in the descriptor of an application beside its defaults: main class iso.App on the lab's class path, arguments `wait`. */
export type LabApp = { java?: object; [key: string]: unknown };

export class LabProject {
  readonly scratch = new Scratch({ 'pj.yaml': 'name: isolation\n' });
  private readonly lab: JavaLab;

  constructor(lab: JavaLab, home: string) {
    this.lab = lab;
    this.scratch.env = { ...this.scratch.env, JAVA_HOME: home };
  }

  /** Writes descriptors; others that are there stay. */
  describe(apps: Record<string, LabApp>): void {
    for (const [id, { java = {}, ...more }] of Object.entries(apps)) {
      const defaults = { mainClass: 'iso.App', classpath: [this.lab.classes, this.lab.quit], args: ['wait'] };
      const restart = { policy: 'no' };
      const descriptor = { applicationId: id, restart, ...more, java: { ...defaults, ...java } };
      this.scratch.write({ [`${id}.yaml`]: `${JSON.stringify(descriptor, undefined, 2)}\n` });
    }
  }

  async apply(apps: Record<string, LabApp> = {}): Promise<void> {
    this.describe(apps);
    await this.scratch.ok(APPLY);
  }

  /** A file's path in the project. */
  path(name: string): string {
    return join(this.scratch.dir, name);
  }

  /** What it has written so far, both streams. */
  async log(id: string): Promise<string> {
    return (await this.scratch.ok(['logs', id])).stdout;
  }

  /** Its log once this is in it. */
  logWith(id: string, words: string | RegExp): Promise<string> {
    return until(`${words} in the log of ${id}`, async () => {
      const text = await this.log(id).catch(() => '');
      return (typeof words === 'string' ? text.includes(words) : words.test(text)) ? text : undefined;
    });
  }

  /** An application as its host has it. Throws where it is not there. */
  async app(id: string): Promise<Awaited<ReturnType<typeof listHost>>['apps'][number]> {
    const { apps } = await listHost(this.scratch);
    const found = apps.find((app) => app.id === id);
    if (found === undefined) throw new Error(`${id} is not deployed`);
    return found;
  }

  /** The host's process and when each application was started: the same twice is nobody restarted. */
  async starts(...ids: string[]): Promise<Record<string, unknown>> {
    const { host, apps } = await listHost(this.scratch);
    const told = apps.filter(({ id }) => ids.length === 0 || ids.includes(id));
    return {
      host: [host.pid, host.startedAt],
      ...Object.fromEntries(told.map(({ id, startedAt, run }) => [id, [startedAt, run]])),
    };
  }

  /** Throws unless destroy leaves no process and no group. */
  async end(): Promise<void> {
    await this.scratch.ok(['destroy', '--auto-approve']);
    const left = [this.scratch.processes(), this.scratch.cgroups()];
    if (left.some((some) => some.length > 0)) throw new Error(`destroy left ${JSON.stringify(left)}`);
  }
}
