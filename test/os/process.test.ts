import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { identify, isAlive, type ProcessIdentity } from '../../src/os/identity.ts';
import {
  describeExit,
  readCmdline,
  readEnviron,
  readExe,
  readStat,
  scanMarked,
  signalNumber,
  signalOne,
  signalTree,
  treePids,
} from '../../src/os/process.ts';
import { canHold, Playground, result, until } from './test-cgroups.ts';

let ground: Playground;
let marker: string;
let folder: string;

beforeEach(() => {
  ground = new Playground();
  marker = `test/${randomBytes(8).toString('hex')}/web/1`;
  folder = mkdtempSync(join(tmpdir(), 'pj-process-'));
});
afterEach(async () => {
  for (const { identity } of scanMarked(marker)) signalOne(identity, 'SIGKILL');
  await ground.clear();
  rmSync(folder, { recursive: true, force: true });
});

/** A leader with a child, a grandchild and a daemon in a session of its own that has left the tree. */
const TREE = `
sh -c 'sleep 301 & wait' &
sh -c 'setsid sleep 302 </dev/null >/dev/null 2>&1 &'
wait`;

async function startTree(): Promise<ProcessIdentity> {
  const child = ground.spawn(['/bin/sh', '-c', TREE], { PJ_IDENTITY: marker });
  const identity = identify(child.pid ?? 0);
  if (identity === undefined) throw new Error('it did not start');
  const sleeps = () => scanMarked(marker).filter(({ pid }) => readCmdline(pid)[0] === 'sleep').length;
  await until('both sleeps', () => sleeps() === 2);
  return identity;
}

describe('signalTree without a cgroup', () => {
  it('reaches children, grandchildren and a daemon that left the tree', async () => {
    const identity = await startTree();
    const members = scanMarked(marker).map((m) => m.identity);
    expect(members.length).toBe(4);
    expect(treePids({ identity, marker }).length).toBe(4);
    const signalled = signalTree({ identity, marker }, 'SIGKILL');
    expect(signalled.length).toBe(4);
    await until('their end', () => members.every((member) => !isAlive(member)));
  });

  it('finds descendants and the session without a marker', async () => {
    const identity = await startTree();
    // All but the daemon.
    expect(treePids({ identity }).length).toBe(3);
  });

  it('never signals a process whose start time is another', async () => {
    const child = ground.spawn(['/bin/sh', '-c', 'sleep 300 & wait']);
    const real = identify(child.pid ?? 0);
    if (real === undefined) throw new Error('it did not start');
    const forged = { ...real, startTime: String(Number(real.startTime) - 1) };
    expect(signalTree({ identity: forged }, 'SIGKILL')).toEqual([]);
    expect(signalTree({ identity: { ...real, bootId: 'another' } }, 'SIGKILL')).toEqual([]);
    expect(signalOne(forged, 'SIGKILL')).toBe(false);
    expect(signalTree({ identity: forged, marker: 'nobody has this' }, 'SIGKILL')).toEqual([]);
    expect(isAlive(real)).toBe(true);
    expect(child.exitCode ?? child.signalCode).toBeNull();
  });

  it('never signals this process, init or a group', () => {
    for (const pid of [0, -1, 1, process.pid]) {
      const identity = identify(pid) ?? { pid, startTime: '1', bootId: 'x' };
      if (pid > 1) expect(treePids({ identity }).map((m) => m.pid)).not.toContain(process.pid);
      expect(signalOne(identity, 'SIGCONT')).toBe(false);
    }
  });

  it('wakes a stopped process, so that it can act on the signal', async () => {
    const child = ground.spawn(['sleep', '300']);
    const identity = identify(child.pid ?? 0);
    if (identity === undefined) throw new Error('it did not start');
    expect(signalOne(identity, 'SIGSTOP')).toBe(true);
    await until('the stop', () => readStat(identity.pid)?.state === 'T');
    const ended = result(child);
    signalTree({ identity }, 'SIGTERM');
    expect(await ended).toMatchObject({ signal: 'SIGTERM' });
  });
});

describe('signalTree with a cgroup', () => {
  it('reaches every member, those without marker and without tree too', async () => {
    if (!ground.host.writable) return expect(canHold(ground.host)).toBe(false);
    const group = ground.group();
    group.create();
    const child = ground.launch({
      command: '/bin/sh',
      args: ['-c', 'env -i setsid sleep 300 </dev/null >/dev/null 2>&1 & sleep 300 & wait'],
      cgroupProcs: group.procsFiles(),
    });
    await until('three processes', () => group.pids().length === 3);
    const ended = result(child);
    // Even where the first process is no longer known.
    expect(signalTree({ cgroup: group }, 'SIGTERM').length).toBe(3);
    expect(await ended).toMatchObject({ signal: 'SIGTERM' });
    expect(await group.waitEmpty(5_000)).toBe(true);
  });
});

describe('what /proc tells', () => {
  it('reads stat, command line and environment of a process with an odd name', async () => {
    const odd = join(folder, 'a) b (c');
    copyFileSync('/bin/sleep', odd);
    const child = ground.spawn([odd, '300'], { PJ_IDENTITY: marker, EMPTY: '', WITH: 'a=b' });
    const pid = child.pid ?? 0;
    expect(readStat(pid)).toMatchObject({
      pid,
      name: 'a) b (c',
      ppid: process.pid,
      pgrp: pid,
      session: pid,
      threads: 1,
    });
    expect(readStat(pid)?.startTime).toBe(identify(pid)?.startTime);
    await until('its memory', () => (readStat(pid)?.rss ?? 0) > 100_000);
    expect(readCmdline(pid)).toEqual([odd, '300']);
    expect(readEnviron(pid)).toMatchObject({ PJ_IDENTITY: marker, EMPTY: '', WITH: 'a=b' });
    expect(scanMarked(marker).map((m) => m.pid)).toEqual([pid]);
    expect(scanMarked(`${marker}x`)).toEqual([]);
  });

  it('sees that a program was replaced on disk', () => {
    const program = join(folder, 'program');
    copyFileSync('/bin/sleep', program);
    const child = ground.spawn([program, '300']);
    const before = readExe(child.pid ?? 0);
    expect(before).toMatchObject({ path: program, deleted: false });
    copyFileSync('/bin/sleep', `${program}.new`);
    renameSync(`${program}.new`, program);
    expect(readExe(child.pid ?? 0)).toEqual({ ...before, deleted: true });
  });

  it('gives nothing for a process that is not there', () => {
    const none = 2 ** 22 + 5;
    expect([readStat(none), readExe(none), readCmdline(none), readEnviron(none)]).toEqual([
      undefined,
      undefined,
      [],
      {},
    ]);
    expect(readFileSync('/proc/sys/kernel/pid_max', 'utf8').trim().length).toBeLessThan(8);
  });
});

describe('describeExit', () => {
  it('says code and signal', () => {
    expect(describeExit(0, null)).toBe('exited 0');
    expect(describeExit(1, null)).toBe('exited 1');
    expect(describeExit(null, 'SIGKILL')).toBe('exited 137 (SIGKILL)');
    expect(describeExit(143, null)).toBe('exited 143 (SIGTERM)');
    expect(describeExit(255, null)).toBe('exited 255');
    expect(describeExit(null, null)).toBe('exit unknown');
  });
});

describe('signals', () => {
  it('have numbers, real-time ones too', () => {
    const names = ['SIGTERM', 'SIGKILL', 'SIGPWR', 'SIGRTMIN', 'SIGRTMIN+3', 'SIGRTMAX-1', 'SIGRTMAX'];
    expect(names.map(signalNumber)).toEqual([15, 9, 30, 34, 37, 63, 64]);
    for (const name of ['SIGRTMIN-1', 'SIGRTMAX+1', 'SIGNO', '15', ''])
      expect(() => signalNumber(name)).toThrow(TypeError);
  });

  it('reach a process that waits for a real-time one', async () => {
    const child = ground.spawn(['sh', '-c', "trap 'exit 7' 37; echo; while :; do sleep 0.02; done"]);
    await until('it traps', () => {
      const caught = /^SigCgt:\s+(\S+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
      return (BigInt(`0x${caught ?? 0}`) & (1n << 36n)) !== 0n;
    });
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const identity = identify(child.pid ?? 0);
    expect(signalTree({ identity }, 'SIGRTMIN+3').length).toBeGreaterThan(0);
    expect(await ended).toBe(7);
  });

  it.runIf(process.geteuid?.() === 0)('do not stop at one that belongs to another user', async () => {
    const [foreign, own] = [ground.spawn(['sleep', '300']), join(folder, 'signal.mjs')];
    writeFileSync(
      join(folder, 'signal.ts'),
      `
      import { signalTree } from ${JSON.stringify(join(import.meta.dirname, '../../src/os/process.ts'))};
      import { identify } from ${JSON.stringify(join(import.meta.dirname, '../../src/os/identity.ts'))};
      const foreign = identify(Number(process.argv[2]));
      console.log(foreign !== undefined, JSON.stringify(signalTree({ identity: foreign }, 'SIGTERM')));
    `,
    );
    const { build } = await import('esbuild');
    await build({
      entryPoints: [join(folder, 'signal.ts')],
      outfile: own,
      bundle: true,
      platform: 'node',
      format: 'esm',
      logLevel: 'error',
    });
    chmodSync(folder, 0o755);
    const argv = ['--reuid=54321', '--regid=54321', '--clear-groups', process.execPath, own, String(foreign.pid)];
    expect(execFileSync('setpriv', argv, { encoding: 'utf8', cwd: '/' })).toBe('true []\n');
    expect(readStat(foreign.pid ?? 0)?.state).toBe('S');
  });
});
