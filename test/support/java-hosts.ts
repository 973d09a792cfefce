import { mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { dirname, join } from 'node:path';
import type { HostCalls, HostMethod } from '../../src/jvm/protocol.ts';
import { runTool } from '../engines/guest/run-tool.ts';
import { type Scratch, until } from './pj.ts';

/** The JDKs of this machine that pj's host JVMs run on, by the homes in /usr/lib/jvm, oldest first. */
export function jdks(): { feature: number; home: string }[] {
  const homes = new Set<string>();
  for (const name of safely(() => readdirSync('/usr/lib/jvm')) ?? []) {
    const javac = safely(() => realpathSync(join('/usr/lib/jvm', name, 'bin/javac')));
    if (javac !== undefined) homes.add(dirname(dirname(javac)));
  }
  return [...homes]
    .flatMap((home) => {
      const release = safely(() => readFileSync(join(home, 'release'), 'utf8')) ?? '';
      const feature = Number(/^JAVA_VERSION="(?:1\.)?(\d+)/m.exec(release)?.[1] ?? 0);
      return feature >= 17 ? [{ feature, home }] : [];
    })
    .sort((a, b) => a.feature - b.feature);
}

/** Compiles sources (names with .java, and their text) into a folder of classes. `release` is the oldest Java that runs them. */
export async function compile(
  home: string,
  to: string,
  sources: Record<string, string>,
  options: { release?: number; classpath?: string } = {},
): Promise<void> {
  const from = `${to}.src`;
  for (const [name, text] of Object.entries(sources)) {
    mkdirSync(dirname(join(from, name)), { recursive: true });
    writeFileSync(join(from, name), text);
  }
  mkdirSync(to, { recursive: true });
  const files = Object.keys(sources).map((name) => join(from, name));
  const flags = ['--release', String(options.release ?? 17), '-proc:none', '-nowarn', '-d', to];
  const classpath = options.classpath === undefined ? [] : ['-cp', options.classpath];
  await runTool(`${home}/bin/javac`, [...flags, ...classpath, ...files], '/', 120_000);
}

/** One call of a host JVM over its socket, made without pj. Throws what it answers with. */
export async function callHost<M extends HostMethod>(
  socket: string,
  method: M,
  params: HostCalls[M]['params'],
): Promise<HostCalls[M]['result']> {
  return new Promise((done, fail) => {
    const connection = createConnection(socket);
    let text = '';
    connection.setTimeout(30_000, () => connection.destroy(new Error(`${socket} did not answer ${method} in 30 s`)));
    connection.on('error', fail);
    connection.on('close', () => fail(new Error(`${socket} closed before it answered ${method}`)));
    connection.on('data', (data) => {
      text += data;
      const end = text.indexOf('\n');
      if (end < 0) return;
      connection.end();
      const answer = JSON.parse(text.slice(0, end)) as { result?: HostCalls[M]['result']; error?: { message: string } };
      if (answer.error === undefined) done(answer.result as HostCalls[M]['result']);
      else fail(new Error(`${method}: ${JSON.stringify(answer.error)}`));
    });
    connection.write(`${JSON.stringify({ id: 1, method, params })}\n`);
  });
}

/** The host JVMs of a project that run: id, process and socket. */
export function hostsOf(scratch: Scratch): { id: string; pid: number; socket: string }[] {
  return scratch.processes().flatMap(({ id, pid }) => {
    const words = (safely(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')) ?? '').split('\0');
    const socket = words[words.indexOf('--socket') + 1];
    return words.includes('io.pj.host.Main') && socket !== undefined ? [{ id, pid, socket }] : [];
  });
}

/** What a host says is in it. Throws where it does not run. */
export async function listHost(scratch: Scratch, id = 'jvm.default'): Promise<HostCalls['list']['result']> {
  return callHost(socketOf(scratch, id), 'list', {});
}

/** The socket of a host that runs. */
export function socketOf(scratch: Scratch, id = 'jvm.default'): string {
  const host = hostsOf(scratch).find((one) => one.id === id);
  if (host === undefined) throw new Error(`the JVM ${id} does not run`);
  return host.socket;
}

/** Every running application of all hosts, as `id@generation`; sorted. */
export async function runningApps(scratch: Scratch): Promise<string[]> {
  const lists = await Promise.all(hostsOf(scratch).map(({ socket }) => callHost(socket, 'list', {})));
  return lists
    .flatMap(({ apps }) => apps)
    .filter(({ phase }) => phase === 'running')
    .map(({ key }) => key)
    .sort();
}

/** Waits until something answers on a port, and gives it. */
export const answers = (port: number, path = '/'): Promise<string> =>
  until(`an answer on ${port}`, () =>
    fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(10_000) }).then(
      async (response) => (response.ok ? `${await response.text()} ` : undefined),
      () => undefined,
    ),
  ).then((text) => text.trim());

function safely<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
