import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { placeOf } from './perf-data.ts';

/** Started with a JVM, its attach listener has its socket from the beginning: nobody has to send it SIGQUIT, of which one that just begins dies. */
export const ATTACHABLE = '-XX:+StartAttachListener';

/** More than any command here answers. */
const LONGEST = 1 << 20;

/**
 * Asks a running JVM by HotSpot's attach protocol: `GC.heap_info`, `Thread.print` and the like (see `jcmd PID help`). Undefined where it has no
 * socket, does not answer in time, or refuses. `timeout` in ms.
 */
export async function askJvm(pid: number, command: string, timeout = 2_000): Promise<string | undefined> {
  const place = placeOf(pid);
  if (place === undefined) return undefined;
  const path = join(place.tmp, `.java_pid${place.pid}`);
  // Anybody may put a socket there; a JVM's belongs to its user.
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat?.isSocket() !== true || stat.uid !== place.uid) return undefined;
  return new Promise((resolve) => {
    const socket = createConnection(path);
    const chunks: Buffer[] = [];
    let size = 0;
    const end = (answer: string | undefined): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeout, () => end(undefined));
    socket.on('error', () => end(undefined));
    // Version of the protocol, command, and its three arguments.
    socket.on('connect', () => socket.write(`1\0jcmd\0${command}\0\0\0`));
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > LONGEST) end(undefined);
    });
    socket.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      // The first line is the result: 0, or an error.
      end(text.startsWith('0\n') ? text.slice(2) : undefined);
    });
  });
}

/**
 * Removes the sockets that JVMs of this user have left in a folder when they were killed: those that nobody listens at. Files of counters need no such
 * care, as every JVM does the same for them when it starts. Never throws.
 */
export async function removeStaleSockets(folder = '/tmp'): Promise<void> {
  const uid = process.geteuid?.();
  const left = namesIn(folder).filter((name) => {
    const [, pid] = /^\.java_pid(\d+)$/.exec(name) ?? [];
    return pid !== undefined && lstatSync(`/proc/${pid}`, { throwIfNoEntry: false }) === undefined;
  });
  await Promise.all(
    left.map(async (name) => {
      const path = join(folder, name);
      const stat = lstatSync(path, { throwIfNoEntry: false });
      // The process may be of another namespace, and live.
      if (stat?.isSocket() !== true || stat.uid !== uid || !(await isRefused(path))) return;
      try {
        rmSync(path, { force: true });
      } catch {
        // What cannot be removed harms nobody.
      }
    }),
  );
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** True where it is known that nobody listens. */
function isRefused(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    const end = (refused: boolean): void => {
      socket.destroy();
      resolve(refused);
    };
    socket.setTimeout(1_000, () => end(false));
    socket.on('connect', () => end(false));
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code === 'ECONNREFUSED'));
  });
}

const UNITS: Record<string, number> = { B: 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 };

/** Bytes of the heap in use at this moment, which the counters of newer JVMs tell only as of the last collection. */
export async function heapUsedNow(pid: number): Promise<number | undefined> {
  return usedIn((await askJvm(pid, 'GC.heap_info')) ?? '');
}

/** The sum over the generations in the answer to GC.heap_info, of whatever collector. */
export function usedIn(info: string): number | undefined {
  // What comes behind is no heap.
  const heap = info.split(/^\s*Metaspace/m)[0] ?? '';
  const all = [...heap.matchAll(/\bused (\d+)([BKMG])|\b(\d+)([BKMG]) used/g)].map(
    ([, before, beforeUnit, after, afterUnit]) =>
      Number(before ?? after) * (UNITS[beforeUnit ?? afterUnit ?? 'B'] ?? 1),
  );
  return all.length === 0 ? undefined : all.reduce((sum, one) => sum + one, 0);
}
