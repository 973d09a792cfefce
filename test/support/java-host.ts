import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { AppCall, AppState, HostCalls, HostError, HostMethod } from '../../src/jvm/protocol.ts';

const run = promisify(execFile);
const JARS = resolve(import.meta.dirname, '../../dist/java');
/** What `npm run build` makes of java-host/. */
export const HOST_JAR = join(JARS, 'jvm-host.jar');
export const API_JAR = join(JARS, 'pj-api.jar');
/** Flags of a host JVM beside its heap; the provider gives the same. */
export const HOST_OPENS = ['java.lang', 'java.util', 'java.util.concurrent', 'java.io'].map(
  (name) => `--add-opens=java.base/${name}=ALL-UNNAMED`,
);

export type Jdk = { home: string; feature: number };

/** JDKs (with javac) of 17 and later that are there: JAVA_HOME's, the one in PATH, and those of /usr/lib/jvm, one of each major version, oldest first. */
export function javaHomes(): Jdk[] {
  const found = new Map<number, Jdk>();
  const inPath = (process.env['PATH'] ?? '').split(delimiter).map((dir) => join(dir, 'javac'));
  const homes = [
    process.env['JAVA_HOME'] ?? '',
    ...inPath.filter((file) => existsSync(file)).map((file) => dirname(dirname(realpathSync(file)))),
    ...(existsSync('/usr/lib/jvm') ? readdirSync('/usr/lib/jvm').map((name) => join('/usr/lib/jvm', name)) : []),
  ];
  for (const home of homes) {
    const release = join(home, 'release');
    if (home === '' || !existsSync(join(home, 'bin/javac')) || !existsSync(release)) continue;
    const feature = Number(/^JAVA_VERSION="(\d+)/m.exec(readFileSync(release, 'utf8'))?.[1]);
    if (feature >= 17 && !found.has(feature)) found.set(feature, { home, feature });
  }
  return [...found.values()].sort((a, b) => a.feature - b.feature);
}

/**
 * Compiles sources (`{'a.b.Main': text}` or `{'a/b/Main.java': text}`) into DIR/classes, for Java 17 unless told otherwise, with pj-api.jar on the class path.
 * With `jar`, also packs DIR/JAR. Files that are not .java are copied beside the classes. Returns the folder, or the jar.
 */
export async function compileJava(
  dir: string,
  sources: Record<string, string>,
  options: {
    jar?: string;
    classpath?: string[];
    release?: number;
    jdk?: Jdk;
    manifest?: Record<string, string>;
    binary?: Record<string, Buffer>;
  } = {},
): Promise<string> {
  const jdk = options.jdk ?? javaHomes()[0];
  if (jdk === undefined) throw new Error('no JDK');
  const [src, classes] = [
    join(dir, `src-${randomBytes(3).toString('hex')}`),
    join(dir, options.jar === undefined ? 'classes' : `${options.jar}.classes`),
  ];
  rmSync(classes, { recursive: true, force: true });
  mkdirSync(classes, { recursive: true });
  const files: string[] = [];
  for (const [name, text] of Object.entries(sources)) {
    const java = name.endsWith('.java') || /^([\w$]+\.)*[A-Z][\w$]*$/.test(name);
    const path = java
      ? join(src, name.endsWith('.java') ? name : `${name.replaceAll('.', '/')}.java`)
      : join(classes, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    if (java) files.push(path);
  }
  const classpath = [API_JAR, ...(options.classpath ?? [])].join(delimiter);
  for (const [name, bytes] of Object.entries(options.binary ?? {})) {
    mkdirSync(dirname(join(classes, name)), { recursive: true });
    writeFileSync(join(classes, name), bytes);
  }
  if (files.length > 0) {
    await run(join(jdk.home, 'bin/javac'), [
      ...['--release', String(options.release ?? 17), '-proc:none', '-nowarn', '-encoding', 'UTF-8', '-cp', classpath],
      ...['-d', classes, ...files],
    ]);
  }
  rmSync(src, { recursive: true, force: true });
  if (options.jar === undefined) return classes;
  const jar = join(dir, options.jar);
  const manifest = join(dir, `${options.jar}.mf`);
  const lines = Object.entries(options.manifest ?? {}).map(([name, value]) => `${name}: ${value}\n`);
  writeFileSync(manifest, lines.join(''));
  // A new file takes the old one's place: who has that open keeps it.
  await run(join(jdk.home, 'bin/jar'), [
    '--create',
    '--file',
    `${jar}.new`,
    '--manifest',
    manifest,
    '-C',
    classes,
    '.',
  ]);
  await run('mv', [`${jar}.new`, jar]);
  return jar;
}

/** What a host answered with an error. */
export class HostCallError extends Error {
  readonly code: string;
  readonly details: Record<string, unknown>;
  constructor(error: HostError) {
    super(error.message);
    this.code = error.code;
    this.details = error.details;
  }
}

type Reply = { id: number | string | null; result?: unknown; error?: HostError };

/** A line-JSON client of a host's socket. */
export class HostClient {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  readonly #raw: ((line: string) => void)[] = [];
  #next = 1;
  #rest = '';

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.#take(text));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      for (const one of this.#waiting.values()) one.reject(new Error('the host closed the connection'));
      this.#waiting.clear();
    });
  }

  static connect(path: string): Promise<HostClient> {
    return new Promise((done, fail) => {
      const socket = connect(path);
      socket.once('error', fail);
      socket.once('connect', () => done(new HostClient(socket)));
    });
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const reply = JSON.parse(line) as Reply;
      const one = typeof reply.id === 'number' ? this.#waiting.get(reply.id) : undefined;
      if (one === undefined) {
        this.#raw.shift()?.(line);
        continue;
      }
      this.#waiting.delete(reply.id as number);
      if (reply.error !== undefined) one.reject(new HostCallError(reply.error));
      else one.resolve(reply.result);
    }
  }

  call<M extends HostMethod>(method: M, params: HostCalls[M]['params']): Promise<HostCalls[M]['result']> {
    const id = this.#next++;
    return new Promise((done, fail) => {
      this.#waiting.set(id, { resolve: done as (value: unknown) => void, reject: fail });
      this.#socket.write(`${JSON.stringify({ id, method, params })}\n`);
    });
  }

  /** Sends bytes as they are, and waits for one line that answers none of the calls. */
  raw(bytes: string | Buffer): Promise<string> {
    return new Promise((done) => {
      this.#raw.push(done);
      this.#socket.write(bytes);
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** A host JVM of a test, in a folder of its own. */
export class TestHost {
  readonly dir: string;
  readonly socket: string;
  readonly lineage: string;
  readonly process: ChildProcess;
  client!: HostClient;
  stderr = '';

  constructor(dir: string, lineage: string, child: ChildProcess) {
    this.dir = dir;
    this.socket = join(dir, 'host');
    this.lineage = lineage;
    this.process = child;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
  }

  call<M extends HostMethod>(method: M, params: HostCalls[M]['params']): Promise<HostCalls[M]['result']> {
    return this.client.call(method, params);
  }

  /** An AppCall with what is not given filled in; logs are DIR/ID.out and DIR/ID.err. */
  app(over: Partial<AppCall> & Pick<AppCall, 'id' | 'mainClass' | 'classpath'>): AppCall {
    return {
      key: `${over.id}@1`,
      generation: 1,
      lineage: this.lineage,
      instance: `i-${over.id}`,
      digest: `d-${over.id}`,
      args: [],
      properties: {},
      type: 'service',
      daemon: false,
      messaging: false,
      threadPool: null,
      maxThreads: null,
      cpu: null,
      restart: { policy: 'no', maxAttempts: 0, delay: 0.1, maxDelay: 1, resetAfter: 60 },
      gracePeriod: 5,
      security: null,
      volumes: [],
      logs: { out: join(this.dir, `${over.id}.out`), err: join(this.dir, `${over.id}.err`) },
      ...over,
    };
  }

  out(id: string): string {
    return existsSync(join(this.dir, `${id}.out`)) ? readFileSync(join(this.dir, `${id}.out`), 'utf8') : '';
  }

  err(id: string): string {
    return existsSync(join(this.dir, `${id}.err`)) ? readFileSync(join(this.dir, `${id}.err`), 'utf8') : '';
  }

  async state(id: string): Promise<AppState | undefined> {
    return (await this.call('list', {})).apps.find((app) => app.id === id);
  }

  /** Waits until `check` holds of an application's state. */
  async until(id: string, check: (state: AppState) => boolean, ms = 30_000): Promise<AppState> {
    const end = Date.now() + ms;
    for (;;) {
      const state = await this.state(id);
      if (state !== undefined && check(state)) return state;
      if (Date.now() > end)
        throw new Error(`${id} did not get there: ${JSON.stringify(state)}\n${this.err(id)}\n${this.stderr}`);
      await new Promise((done) => setTimeout(done, 20));
    }
  }

  exited(): Promise<number | null> {
    const { process: child } = this;
    if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
    return new Promise((done) => child.once('exit', (code) => done(code)));
  }

  /** Kills it and removes its folder. */
  async end(): Promise<void> {
    this.client?.close();
    this.process.kill('SIGKILL');
    await this.exited();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Starts a host JVM and waits until it answers. The caller ends it: `await host.end()`. */
export async function startHost(
  options: { jdk?: Jdk; jvmArgs?: string[]; dir?: string; lineage?: string; sharedClasspath?: string[] } = {},
): Promise<TestHost> {
  const jdk = options.jdk ?? javaHomes()[0];
  if (jdk === undefined) throw new Error('no JDK');
  if (!existsSync(HOST_JAR)) throw new Error(`${HOST_JAR} is not there: npm run build`);
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'pj-jvm-'));
  const lineage = options.lineage ?? randomBytes(4).toString('hex');
  const manager = jdk.feature < 24 ? ['-Djava.security.manager=allow'] : [];
  const shared = options.sharedClasspath ?? [];
  const child = spawn(
    join(jdk.home, 'bin/java'),
    [
      ...[
        '-Xmx128m',
        '-XX:+UseSerialGC',
        '-XX:TieredStopAtLevel=1',
        ...manager,
        ...HOST_OPENS,
        ...(options.jvmArgs ?? []),
      ],
      ...['-cp', [HOST_JAR, API_JAR].join(delimiter), 'io.pj.host.Main', '--socket', join(dir, 'host')],
      ...['--lineage', lineage, '--version', '0.0.0-test'],
      ...(shared.length > 0 ? ['--shared-classpath', shared.join(delimiter)] : []),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const host = new TestHost(dir, lineage, child);
  const end = Date.now() + 60_000;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the host ended with ${child.exitCode}: ${host.stderr}`);
    try {
      host.client = await HostClient.connect(host.socket);
      return host;
    } catch (error) {
      if (Date.now() > end) {
        await host.end();
        throw new Error(`the host does not answer: ${host.stderr}`, { cause: error });
      }
      await new Promise((done) => setTimeout(done, 20));
    }
  }
}
