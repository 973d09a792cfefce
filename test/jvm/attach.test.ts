import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ATTACHABLE, askJvm, heapUsedNow, removeStaleSockets, usedIn } from '../../src/jvm/attach.ts';
import { parsePerfData, readCounters } from '../../src/jvm/perf-data.ts';
import { eventually } from '../agent/ground.ts';
import { compile, jdks } from '../providers/java/fixtures.ts';

const MIB = 1024 * 1024;
const all = jdks();
const [oldest] = all;
let classes: string;
let child: ChildProcess | undefined;

/** Keeps 16 arrays of 1 MiB, collects, then waits. */
const HOLDS = `public class Holds {
    static final byte[][] KEPT = new byte[16][];
    public static void main(String[] args) throws Exception {
        for (int i = 0; i < 16; i++) KEPT[i] = new byte[1 << 20];
        System.gc();
        System.out.println("ready");
        Thread.sleep(1_000_000);
    }
}`;

beforeAll(() => {
  classes = mkdtempSync(join(tmpdir(), 'pj-attach-'));
  if (oldest !== undefined) compile(oldest, { 'Holds.java': HOLDS }, classes);
});
afterAll(() => rmSync(classes, { recursive: true, force: true }));
afterEach(async () => {
  const ending = child;
  child = undefined;
  if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
  const ended = new Promise((resolve) => ending.once('exit', resolve));
  ending.kill('SIGTERM');
  await ended;
});

/** Resolves with its pid when it is ready. */
async function start(java: string, flags: string[]): Promise<{ pid: number; output(): string }> {
  const made = spawn(java, [...flags, '-cp', classes, 'Holds'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child = made;
  let output = '';
  for (const stream of [made.stdout, made.stderr]) stream.on('data', (chunk: Buffer) => (output += String(chunk)));
  await eventually('it is ready', () => output.includes('ready') || made.exitCode !== null, 60_000);
  return { pid: made.pid ?? 0, output: () => output };
}

describe.each(all)('a JVM of Java $feature', { timeout: 180_000 }, (jdk) => {
  it.each(['Serial', 'Parallel', 'G1', 'Z', 'Shenandoah'])('tells what it counts, collected by %s', async (gc) => {
    const flags = [`-XX:+Use${gc}GC`, '-Xmx128m', ATTACHABLE];
    const { pid, output } = await start(jdk.command, flags);
    // Not every build has every collector.
    if (/Unrecognized VM option|not supported/.test(output())) return;
    const counters = readCounters(pid);
    expect(counters?.heapMax).toBeGreaterThan(100 * MIB);
    expect(counters?.heapMax).toBeLessThanOrEqual(128 * MIB);
    expect(counters?.heapCommitted).toBeLessThanOrEqual(128 * MIB);
    expect(counters?.heapUsed).toBeGreaterThanOrEqual(16 * MIB);
    expect(counters?.gcCount).toBeGreaterThanOrEqual(1);
    expect(counters?.gcSeconds).toBeGreaterThan(0);
    expect(counters?.gcSeconds).toBeLessThan(10);
    expect(counters?.threads).toBeGreaterThan(2);
    expect(counters?.classes).toBeGreaterThan(300);
    const used = await heapUsedNow(pid);
    expect(used).toBeGreaterThanOrEqual(16 * MIB);
    expect(used).toBeLessThanOrEqual(128 * MIB);
    // Nobody has sent it a SIGQUIT.
    expect(output()).not.toContain('thread dump');
  });

  it('answers other commands, and refuses what it does not know', async () => {
    const { pid } = await start(jdk.command, [ATTACHABLE]);
    expect(await askJvm(pid, 'VM.version')).toContain(jdk.version);
    expect(await askJvm(pid, 'No.such_thing')).toBeUndefined();
  });

  it('that keeps no counters and no socket tells nothing', async () => {
    const { pid } = await start(jdk.command, ['-XX:-UsePerfData']);
    expect(readCounters(pid)).toBeUndefined();
    expect(await heapUsedNow(pid)).toBeUndefined();
  });
});

describe('sockets of JVMs that were killed', () => {
  it('are removed; those that somebody listens at, and other files, are not', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pj-stale-'));
    const gone = 2 ** 22 + 1;
    const servers = await Promise.all(
      [gone, gone + 1].map(
        (pid) =>
          new Promise<Server>((resolve) => {
            const server = createServer();
            server.listen(join(folder, `.java_pid${pid}`), () => resolve(server));
          }),
      ),
    );
    try {
      // A server that is closed takes its socket along: one that was killed leaves it.
      renameSync(join(folder, `.java_pid${gone}`), join(folder, 'kept'));
      await new Promise((resolve) => servers[0]?.close(resolve));
      renameSync(join(folder, 'kept'), join(folder, `.java_pid${gone}`));
      writeFileSync(join(folder, `.java_pid${gone + 2}`), '');
      await removeStaleSockets(folder);
      expect(readdirSync(folder)).toEqual([`.java_pid${gone + 1}`, `.java_pid${gone + 2}`]);
      await removeStaleSockets('/no/such/folder');
    } finally {
      servers[1]?.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('what is no JVM', () => {
  it('tells nothing', async () => {
    expect(readCounters(process.pid)).toBeUndefined();
    expect(await askJvm(process.pid, 'VM.version')).toBeUndefined();
    expect(readCounters(2 ** 22 + 1)).toBeUndefined();
  });

  it('is told from a file of counters, however it is damaged', () => {
    const whole = perfData([
      ['java.threads.live', 7],
      ['sun.gc.policy.name', 'Copy:MSC'],
    ]);
    expect([...(parsePerfData(whole) ?? [])]).toEqual([
      ['java.threads.live', 7],
      ['sun.gc.policy.name', 'Copy:MSC'],
    ]);
    for (let length = 0; length < whole.length; length++)
      expect(() => parsePerfData(whole.subarray(0, length))).not.toThrow();
    for (let at = 0; at < 60; at++) {
      const damaged = Buffer.from(whole);
      damaged.writeUInt8(0xff, at);
      expect(() => parsePerfData(damaged)).not.toThrow();
    }
    const unfinished = Buffer.from(whole);
    unfinished.writeUInt8(0, 7);
    expect(parsePerfData(unfinished)).toBeUndefined();
    expect(parsePerfData(readFileSync(import.meta.filename))).toBeUndefined();
  });

  it('reads the heap out of what each collector tells', () => {
    expect(usedIn('garbage-first heap   total reserved 131072K, committed 131072K, used 42778K [0x0)\n')).toBe(
      42778 * 1024,
    );
    expect(
      usedIn(
        'DefNew     total 39296K, used 34602K [0x\n eden space 34944K,  86% used\nTenured    total 87424K, used 8334K [\n',
      ),
    ).toBe((34602 + 8334) * 1024);
    expect(usedIn('ZHeap           used 46M, capacity 128M, max capacity 128M\n')).toBe(46 * MIB);
    expect(usedIn('Shenandoah Heap\n 128M max, 128M soft max, 128M committed, 23552K used\n')).toBe(23 * MIB);
    expect(usedIn(' def new generation   total 1K, used 1K [\n Metaspace       used 180K, committed 384K\n')).toBe(
      1024,
    );
    expect(usedIn('nothing')).toBeUndefined();
  });
});

/** A file of counters as HotSpot of a little-endian machine writes it. */
function perfData(values: [string, number | string][]): Buffer {
  const entries = values.map(([name, value]) => {
    const nameBytes = Buffer.from(`${name}\0`);
    const data = typeof value === 'string' ? Buffer.from(`${value}\0`) : Buffer.alloc(8);
    if (typeof value === 'number') data.writeBigInt64LE(BigInt(value));
    const offset = Math.ceil((20 + nameBytes.length) / 8) * 8;
    const entry = Buffer.alloc(Math.ceil((offset + data.length) / 8) * 8);
    entry.writeInt32LE(entry.length, 0);
    entry.writeInt32LE(20, 4);
    entry.writeInt32LE(typeof value === 'string' ? data.length : 0, 8);
    entry.writeUInt8((typeof value === 'string' ? 'B' : 'J').charCodeAt(0), 12);
    entry.writeInt32LE(offset, 16);
    nameBytes.copy(entry, 20);
    data.copy(entry, offset);
    return entry;
  });
  const head = Buffer.alloc(32);
  head.writeUInt32BE(0xcafec0c0, 0);
  head.set([1, 2, 0, 1], 4);
  head.writeInt32LE(32, 24);
  head.writeInt32LE(entries.length, 28);
  return Buffer.concat([head, ...entries]);
}
