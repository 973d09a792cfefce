import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errno } from '../os/kernel-file.ts';

/** What a JVM counts about itself, as it stands in the file that it maps for tools like jstat. */
export interface JvmCounters {
  /** Bytes in use, as of the last collection for most collectors. */
  heapUsed: number;
  /** Bytes. */
  heapCommitted: number;
  /** Bytes: what -Xmx came to. */
  heapMax: number;
  /** Collections, of all collectors. */
  gcCount: number;
  gcSeconds: number;
  threads: number;
  /** Classes that are loaded now. */
  classes: number;
}

/** The names by which a JVM's file and socket are found: HotSpot names both by the pid that the process has in its own namespace. */
export interface JvmPlace {
  /** /tmp as the process sees it. */
  tmp: string;
  pid: number;
  uid: number;
}

/** Undefined where the process is gone or not ours to look at. */
export function placeOf(pid: number): JvmPlace | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const inside = /^NSpid:.*?(\d+)$/m.exec(status)?.[1];
    const uid = /^Uid:\s+\d+\s+(\d+)/m.exec(status)?.[1];
    return { tmp: `/proc/${pid}/root/tmp`, pid: Number(inside ?? pid), uid: Number(uid) };
  } catch {
    return undefined;
  }
}

/**
 * The counters of a JVM that runs; no JVM is asked. Undefined where there are none: it is no JVM, has -XX:-UsePerfData or -XX:+PerfDisableSharedMem,
 * or just begins.
 */
export function readCounters(pid: number): JvmCounters | undefined {
  const place = placeOf(pid);
  const bytes = place === undefined ? undefined : readOwn(place);
  const values = bytes === undefined ? undefined : parsePerfData(bytes);
  return values === undefined ? undefined : countersOf(values);
}

/** The largest file that is believed; JVMs make one of 32 KiB. */
const LARGEST = 1 << 20;

/** The file lies in a folder that anybody may make: only one of the process's own user is believed. */
function readOwn({ tmp, pid, uid }: JvmPlace): Buffer | undefined {
  let folders: string[];
  try {
    folders = readdirSync(tmp).filter((name) => name.startsWith('hsperfdata_'));
  } catch {
    return undefined;
  }
  for (const folder of folders) {
    let fd: number;
    try {
      fd = openSync(join(tmp, folder, String(pid)), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (thrown) {
      if (errno(thrown) === undefined) throw thrown;
      continue;
    }
    try {
      const stat = fstatSync(fd);
      if (stat.isFile() && stat.uid === uid && stat.size <= LARGEST) return readFileSync(fd);
    } finally {
      closeSync(fd);
    }
  }
  return undefined;
}

const MAGIC = 0xcafec0c0;
const LITTLE = 1;
const LONG = 'J'.charCodeAt(0);
const BYTE = 'B'.charCodeAt(0);

/** Numbers and texts by name, from a file of format 2 (every HotSpot since 5). Undefined for anything else, and while the JVM still fills it. */
export function parsePerfData(bytes: Buffer): Map<string, number | string> | undefined {
  if (bytes.length < 32 || bytes.readUInt32BE(0) !== MAGIC || bytes.readUInt8(5) !== 2) return undefined;
  if (bytes.readUInt8(7) === 0) return undefined;
  const little = bytes.readUInt8(4) === LITTLE;
  const int = (at: number): number => (little ? bytes.readInt32LE(at) : bytes.readInt32BE(at));
  const long = (at: number): number => Number(little ? bytes.readBigInt64LE(at) : bytes.readBigInt64BE(at));
  const textAt = (from: number, end: number): string => {
    const zero = bytes.indexOf(0, from);
    return bytes.toString('utf8', from, zero < 0 || zero > end ? end : zero);
  };
  const values = new Map<string, number | string>();
  try {
    const entries = int(28);
    for (let i = 0, at = int(24); i < entries; i++) {
      const length = int(at);
      if (length <= 0) return undefined;
      const end = at + length;
      const data = at + int(at + 16);
      const name = textAt(at + int(at + 4), end);
      const vector = int(at + 8);
      const type = bytes.readUInt8(at + 12);
      if (type === LONG && vector === 0) values.set(name, long(data));
      else if (type === BYTE && vector > 0) values.set(name, textAt(data, Math.min(data + vector, end)));
      at = end;
    }
  } catch (thrown) {
    if (thrown instanceof RangeError) return undefined;
    throw thrown;
  }
  return values;
}

/** Collectors whose generations share the heap out among them; each generation of the others may become all of it. */
const SHARED_OUT = /^(Copy|ParNew|ParScav)/;

/** G1 of 17 makes each size a few bytes larger, so that none is 0. */
const evened = (bytes: number): number => bytes - (bytes % 1024);

function countersOf(values: ReadonlyMap<string, number | string>): JvmCounters {
  const number = (name: string): number => {
    const value = values.get(name);
    return typeof value === 'number' ? value : 0;
  };
  const all = (pattern: RegExp): number[] =>
    [...values].flatMap(([name, value]) => (typeof value === 'number' && pattern.test(name) ? [value] : []));
  const sum = (pattern: RegExp): number => all(pattern).reduce((total, one) => total + one, 0);
  const largest = all(/^sun\.gc\.generation\.\d+\.maxCapacity$/);
  const sharedOut = SHARED_OUT.test(String(values.get('sun.gc.policy.name') ?? ''));
  return {
    heapUsed: sum(/^sun\.gc\.generation\.\d+\.space\.\d+\.used$/),
    heapCommitted: evened(sum(/^sun\.gc\.generation\.\d+\.space\.\d+\.capacity$/)),
    heapMax: evened(sharedOut ? largest.reduce((total, one) => total + one, 0) : Math.max(0, ...largest)),
    gcCount: sum(/^sun\.gc\.collector\.\d+\.invocations$/),
    gcSeconds: sum(/^sun\.gc\.collector\.\d+\.time$/) / (number('sun.os.hrt.frequency') || 1e9),
    threads: number('java.threads.live'),
    classes:
      number('java.cls.loadedClasses') +
      number('java.cls.sharedLoadedClasses') -
      number('java.cls.unloadedClasses') -
      number('java.cls.sharedUnloadedClasses'),
  };
}
