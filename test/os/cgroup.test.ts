import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cleanupEmptyParents, detectCgroups, isHeld, listCgroups, openCgroup } from '../../src/os/cgroup.ts';
import { identify, isAlive } from '../../src/os/identity.ts';
import { readStat, treePids } from '../../src/os/process.ts';
import { canHold, Playground, result, until } from './test-cgroups.ts';

const SPIN = ['-e', 'for (;;);'];
const host = detectCgroups();
let ground: Playground;

beforeEach(() => {
  ground = new Playground();
});
afterEach(() => ground.clear());

describe.runIf(canHold(host, 'cpu', 'memory', 'pids'))('a cgroup of this host', () => {
  it('throttles to the cpu quota, and lifts it while the process runs', async () => {
    const group = ground.group();
    group.create();
    const report = group.setLimits({ cpu: 0.2 });
    expect(report).toEqual({ held: { cpu: 0.2 }, notHeld: [], notes: [] });
    const child = ground.launch({ command: process.execPath, args: SPIN, cgroupProcs: group.procsFiles() });
    await until('the process in its group', () => group.pids().includes(child.pid ?? 0));
    await new Promise((resolve) => setTimeout(resolve, 200));
    const share = await coresUsed(1_500, () => group.usage().cpuUsec);
    // No more than the quota, whatever the machine's load; no less than half of it, as others use the machine too.
    expect(share).toBeGreaterThan(0.08);
    expect(share).toBeLessThan(0.26);

    expect(group.setLimits({ cpu: null }).held).toEqual({});
    // Others may have the machine for a while.
    let free = 0;
    for (let i = 0; i < 20 && free < 0.3; i++) free = await coresUsed(400, () => group.usage().cpuUsec);
    expect(free).toBeGreaterThan(0.3);
  });

  it('holds a tiny quota', () => {
    const group = ground.group();
    group.create();
    expect(group.setLimits({ cpu: 0.05 }).held.cpu).toBeCloseTo(0.05);
    expect(group.setLimits({ cpu: 0.005 }).held.cpu).toBeCloseTo(0.005);
    expect(group.setLimits({ cpu: 3.5 }).held.cpu).toBeCloseTo(3.5);
  });

  it('has the kernel kill what uses more memory than its limit, and counts it', async () => {
    const group = ground.group();
    group.create();
    expect(group.setLimits({ memory: 48 << 20 })).toEqual({ held: { memory: 48 << 20 }, notHeld: [], notes: [] });
    const eat = 'const a=[]; setInterval(() => a.push(Buffer.alloc(8 << 20, 1)), 1)';
    const child = ground.launch({ command: process.execPath, args: ['-e', eat], cgroupProcs: group.procsFiles() });
    expect(await result(child)).toMatchObject({ code: null, signal: 'SIGKILL' });
    expect(group.oomKills()).toBe(1);
    expect(group.usage()).toMatchObject({ oomKills: 1, pids: 0 });
  });

  it('tells each process once, ends it and goes, though its program has made groups for threads of its own below', async () => {
    const group = ground.group();
    group.create();
    group.setLimits({ cpu: 1, pids: 100 });
    const child = ground.launch({ command: process.execPath, args: SPIN, cgroupProcs: group.procsFiles() });
    const pid = child.pid ?? 0;
    await until('the process in its group', () => group.pids().includes(pid));
    const { unified, v1 } = host;
    const folders = [...new Set([v1.cpu, v1.pids])].flatMap((base) => (base === undefined ? [] : [`${base}/`]));
    const below = folders.map((base) => join(base, ...group.name, 'app-a@1'));
    for (const folder of below) {
      mkdirSync(folder);
      const others = readdirSync(`/proc/${pid}/task`).filter((task) => Number(task) !== pid);
      writeFileSync(join(folder, 'tasks'), String(others[0] ?? pid));
    }
    if (unified !== undefined) {
      const folder = join(unified, ...group.name, 'app-a@1');
      mkdirSync(folder);
      if (existsSync(join(folder, 'cgroup.type'))) writeFileSync(join(folder, 'cgroup.type'), 'threaded');
      writeFileSync(join(folder, 'cgroup.threads'), String(readdirSync(`/proc/${pid}/task`).at(-1)));
      below.push(folder);
    }
    expect(below.length).toBeGreaterThan(0);
    expect(group.pids()).toEqual([pid]);
    expect(treePids({ cgroup: group }).map((one) => one.pid)).toEqual([pid]);
    expect(group.populated()).toBe(true);
    expect(group.remove(0)).toBe(false);
    group.kill();
    await group.waitEmpty(5_000);
    expect(group.remove(1_000)).toBe(true);
    expect(below.filter((folder) => existsSync(folder))).toEqual([]);
    expect(group.exists()).toBe(false);
  });

  it('refuses more processes than its limit', async () => {
    const group = ground.group();
    group.create();
    expect(group.setLimits({ pids: 3 }).held).toEqual({ pids: 3 });
    const child = ground.launch({
      command: '/bin/sh',
      args: ['-c', 'sleep 1 & sleep 1 & sleep 1 & sleep 1 & wait'],
      cgroupProcs: group.procsFiles(),
    });
    const { code, stderr } = await result(child);
    expect(stderr).toMatch(/fork/i);
    expect(code).not.toBe(0);
  });

  it('takes a running process and its children under a limit that comes later', async () => {
    const group = ground.group();
    group.create();
    const child = ground.launch({
      command: '/bin/sh',
      args: ['-c', 'sleep 60 & sleep 60 & wait'],
      cgroupProcs: group.procsFiles(),
    });
    await until('three processes', () => group.pids().length === 3);
    expect(group.usage().memory).toBeGreaterThan(0);
    const report = group.setLimits({ pids: 20, memory: 64 << 20 });
    expect(report.notHeld).toEqual([]);
    expect(report.held).toEqual({ pids: 20, memory: 64 << 20 });
    if (host.version !== 'v2') {
      expect(report.notes.join()).toMatch(/not counted until the next restart/);
      const groups = readGroups(child.pid ?? 0);
      expect(groups).toMatch(/pids:.*_load\.1/);
      expect(groups).toMatch(/memory:.*_load\.1/);
    }
  });

  it('says so when less memory is asked for than is in use, and keeps the limit that was', async () => {
    const group = ground.group();
    group.create();
    group.setLimits({ memory: 256 << 20 });
    const child = ground.launch({
      command: process.execPath,
      args: [
        '-e',
        'globalThis.a = Buffer.alloc(64 << 20, 1); process.stdout.write("full"); setInterval(() => {}, 1e9)',
      ],
      cgroupProcs: group.procsFiles(),
    });
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    const report = group.setLimits({ memory: 16 << 20 });
    expect(report.notHeld).toEqual([{ resource: 'memory', reason: expect.stringMatching(/more than that is in use/) }]);
    expect(report.held.memory).toBe(256 << 20);
    expect(identify(child.pid ?? 0)).toBeDefined();
  });

  it('kills a whole tree, with a grandchild that made itself a daemon', async () => {
    const group = ground.group();
    group.create();
    const daemon = 'setsid sleep 300 </dev/null >/dev/null 2>&1 & sleep 300 & wait';
    ground.launch({ command: '/bin/sh', args: ['-c', daemon], cgroupProcs: group.procsFiles() });
    await until('three processes', () => group.pids().length >= 3);
    const members = group.pids().flatMap((pid) => identify(pid) ?? []);
    group.kill();
    expect(await group.waitEmpty(5_000)).toBe(true);
    expect(members.filter((member) => isAlive(member))).toEqual([]);
    await group.killAndRemove();
    expect(group.exists()).toBe(false);
  });

  it('freezes and thaws', async () => {
    const group = ground.group();
    group.create();
    const child = ground.launch({ command: process.execPath, args: SPIN, cgroupProcs: group.procsFiles() });
    await until('the process in its group', () => group.pids().includes(child.pid ?? 0));
    expect(group.freeze()).toBeUndefined();
    await until('the freeze', () => group.frozen());
    const before = readStat(child.pid ?? 0)?.utime;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(readStat(child.pid ?? 0)?.utime).toBe(before);
    expect(group.thaw()).toBeUndefined();
    await until('cpu time after the thaw', () => (readStat(child.pid ?? 0)?.utime ?? 0) > (before ?? 0));
    // What is frozen can be killed too.
    group.freeze();
    group.kill();
    expect(await group.waitEmpty(5_000)).toBe(true);
  });

  it('does each thing twice as once, and leaves no folder', async () => {
    const group = ground.group();
    group.create();
    group.create();
    group.setLimits({ cpu: 0.5, memory: 64 << 20, pids: 10 });
    const folders = group.procsFiles().map((file) => file.replace('/cgroup.procs', ''));
    expect(listCgroups(host, group.name.slice(0, 2))).toEqual(['load.1']);
    expect(group.remove()).toBe(true);
    expect(group.remove()).toBe(true);
    expect(group.exists()).toBe(false);
    expect(folders.filter((folder) => existsSync(folder))).toEqual([]);
    cleanupEmptyParents(host, group.name);
    expect(folders.filter((folder) => existsSync(folder.split('/').slice(0, -2).join('/')))).toEqual([]);
    expect(group.pids()).toEqual([]);
    expect(group.populated()).toBe(false);
    group.kill();
    group.freeze();
  });

  it('does not remove a group that something lives in, nor that of another project above', async () => {
    const group = ground.group();
    group.create();
    const child = ground.launch({ command: 'sleep', args: ['60'], cgroupProcs: group.procsFiles() });
    await until('the process in its group', () => group.pids().includes(child.pid ?? 0));
    expect(group.remove(20)).toBe(false);
    cleanupEmptyParents(host, group.name);
    expect(group.exists()).toBe(true);
  });

  it('refuses numbers that are no limits', () => {
    const group = ground.group();
    group.create();
    const report = group.setLimits({ cpu: 0, memory: Number.NaN, pids: -1 });
    expect(report.notHeld.map((n) => n.resource)).toEqual(['cpu', 'memory', 'pids']);
    expect(report.held).toEqual({});
  });
});

describe('openCgroup', () => {
  it('refuses names that lead elsewhere', () => {
    for (const name of ['..', '.', '', 'a/b', 'a\0b']) {
      expect(() => openCgroup(host, ['pj', name])).toThrow(/not the name of a folder/);
    }
  });

  it('cannot clash with the files of the kernel', () => {
    const group = openCgroup({ version: 'v2', writable: true, controllers: new Set(), unified: '/x', v1: {} }, [
      'pj',
      'memory.max',
    ]);
    expect(group.path).toBe('/x/pj/_memory.max');
  });
});

describe('isHeld', () => {
  it('knows that the kernel rounds', () => {
    expect(isHeld('memory', 1_000_000, 999_424)).toBe(true);
    expect(isHeld('memory', 1_000_000_000, 900_000_000)).toBe(false);
    expect(isHeld('cpu', 1 / 3, 0.33333)).toBe(true);
    expect(isHeld('cpu', 0.5, 0.25)).toBe(false);
    expect(isHeld('pids', 5, 5)).toBe(true);
    expect(isHeld('pids', 5, undefined)).toBe(false);
  });
});

async function coresUsed(ms: number, cpuUsec: () => number): Promise<number> {
  // The time first: a stall between the two must not look like use.
  const [time, cpu] = [performance.now(), cpuUsec()];
  await new Promise((resolve) => setTimeout(resolve, ms));
  return (cpuUsec() - cpu) / 1000 / (performance.now() - time);
}

function readGroups(pid: number): string {
  return readFileSync(`/proc/${pid}/cgroup`, 'utf8');
}
