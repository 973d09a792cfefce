import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { detectCgroups } from '../../../src/os/cgroup.ts';
import { Group } from '../../../src/os/counters/group.ts';
import { trafficIn } from '../../../src/os/counters/network.ts';
import { canHold, Playground, until } from '../test-cgroups.ts';

const host = detectCgroups();
const MIB = 1 << 20;

describe('a v2 group, from files as the kernel writes them', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'pj-group-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const write = (files: Record<string, string>) => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(dir, name)), { recursive: true });
      writeFileSync(join(dir, name), text);
    }
  };
  const full = {
    'cgroup.procs': `${process.pid}\n`,
    'cpu.stat': 'usage_usec 2500000\nuser_usec 1\nsystem_usec 2\nnr_periods 9\nnr_throttled 3\nthrottled_usec 750000\n',
    'cpu.max': '50000 100000\n',
    'memory.current': '104857600\n',
    'memory.stat': 'anon 1\nfile 2\nactive_file 7\ninactive_file 4857600\n',
    'memory.max': '209715200\n',
    'memory.events': 'low 0\nhigh 0\nmax 12\noom 4\noom_kill 3\noom_group_kill 0\n',
    'pids.current': '17\n',
    'io.stat': '8:0 rbytes=100 wbytes=10 rios=1 wios=1 dbytes=0 dios=0\n253:1 rbytes=23 wbytes=5 rios=1 wios=1\n',
  };

  it('is told in base units', () => {
    write(full);
    const group = new Group({ cgroup: { unified: dir } }, { left: 100 });
    expect(group.read()).toEqual({
      processes: 1,
      cpuSeconds: 2.5,
      throttledSeconds: 0.75,
      cpuLimit: 0.5,
      memory: 104_857_600,
      workingSet: 100_000_000,
      memoryLimit: 209_715_200,
      oomKills: 3,
      threads: 17,
      diskRead: 123,
      diskWritten: 15,
      startedAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    group.close();
  });

  it('has no limit where the kernel says max, and what no controller counts comes from its processes', () => {
    const { 'memory.current': _, 'pids.current': __, 'io.stat': ___, ...rest } = full;
    write({ ...rest, 'cpu.max': 'max 100000\n', 'cgroup.threads': '5\n6\n7\n' });
    const group = new Group({ cgroup: { unified: dir } }, { left: 100 });
    const told = group.read();
    expect(told).not.toHaveProperty('cpuLimit');
    expect(told).not.toHaveProperty('oomKills');
    expect(told?.threads).toBe(3);
    expect(told?.memory).toBeGreaterThan(10 * MIB);
    expect(told?.workingSet).toBeGreaterThan(0);
    expect(told?.workingSet).toBeLessThanOrEqual(told?.memory ?? 0);
    expect(told?.diskRead).toBeGreaterThanOrEqual(0);
    group.close();
  });

  it('counts the processes of groups within it, and reads what is rewritten', () => {
    write({ ...full, 'cgroup.procs': '', 'init.scope/cgroup.procs': '1\n2\n', 'a/b/cgroup.procs': '2\n3\n' });
    const group = new Group({ cgroup: { unified: dir } }, { left: 100 });
    expect(group.read()?.processes).toBe(3);
    write({ 'cpu.stat': 'usage_usec 3000000\n' });
    expect(group.read()?.cpuSeconds).toBe(3);
    group.close();
  });

  it('keeps no more files open than it may, tells the same without, and closes all', () => {
    write(full);
    const open = () => readdirSync('/proc/self/fd').length;
    const before = open();
    const handles = { left: 2 };
    const group = new Group({ cgroup: { unified: dir } }, handles);
    const first = group.read();
    expect(handles.left).toBe(0);
    expect(open()).toBeLessThanOrEqual(before + 2);
    expect(group.read()).toEqual(first);
    group.close();
    expect(handles.left).toBe(2);
    expect(open()).toBeLessThanOrEqual(before);
  });

  it('runs no more when its folder has gone', () => {
    write(full);
    const group = new Group({ cgroup: { unified: dir } }, { left: 0 });
    expect(group.read()).toBeDefined();
    rmSync(dir, { recursive: true });
    expect(group.read()).toBeUndefined();
    group.close();
  });
});

describe('network', () => {
  it('is the sum over all devices but the loopback', () => {
    const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 1000 1 0 0 0 0 0 0 1000 1 0 0 0 0 0 0
  eth0:  200 1 0 0 0 0 0 0   30 1 0 0 0 0 0 0
  eth1:    7 1 0 0 0 0 0 0    4 1 0 0 0 0 0 0
`;
    expect(trafficIn(text)).toEqual({ networkReceived: 207, networkSent: 34 });
  });
});

if (canHold(host, 'cpu', 'memory', 'pids')) {
  describe('a real group', () => {
    let ground: Playground;
    beforeEach(() => {
      ground = new Playground();
    });
    afterEach(() => ground.clear());
    const placesOf = (name: readonly string[]) => ({
      cgroup: Object.fromEntries(
        [['unified', host.unified] as const, ...Object.entries(host.v1)].flatMap(([controller, base]) =>
          base === undefined ? [] : [[controller, join(base, ...name)]],
        ),
      ),
    });

    it('tells of a spinner that is held, its threads, memory and limits, and of the next one after it has gone', async () => {
      const cgroup = ground.group();
      cgroup.setLimits({ cpu: 0.2, memory: 96 * MIB, pids: 50 });
      const group = new Group(placesOf(cgroup.name), { left: 100 });
      expect(group.read()).toBeUndefined();
      const script = 'const b = Buffer.alloc(40 << 20, 1); for (;;) b[0]++;';
      const start = () =>
        ground.launch({ command: process.execPath, args: ['-e', script], cgroupProcs: cgroup.procsFiles() });
      const child = start();
      let told = group.read();
      await until('work, and being held back', () => {
        told = group.read();
        return (told?.cpuSeconds ?? 0) > 0.1 && (told?.throttledSeconds ?? 0) > 0 && (told?.workingSet ?? 0) > 40 * MIB;
      });
      expect(told).toMatchObject({ cpuLimit: 0.2, memoryLimit: 96 * MIB, processes: 1, oomKills: 0 });
      expect(told?.threads).toBeGreaterThan(4);
      expect(told?.memory).toBeGreaterThanOrEqual(told?.workingSet ?? Number.POSITIVE_INFINITY);
      const before = group.changes;
      child.kill('SIGKILL');
      await until('its end', () => group.read() === undefined);
      // Made anew under the same name: the files that are open are of the one that has gone.
      cgroup.remove();
      cgroup.setLimits({ cpu: 0.4, memory: 96 * MIB, pids: 50 });
      start();
      await until('the next one', () => group.read()?.cpuLimit === 0.4);
      expect(group.changes).toBeGreaterThan(before);
      group.close();
    }, 180_000);

    it('counts what the kernel kills for want of memory', async () => {
      const cgroup = ground.group();
      cgroup.setLimits({ memory: 24 * MIB });
      cgroup.create();
      const group = new Group(placesOf(cgroup.name), { left: 100 });
      const hog = `${process.execPath} -e "const all = []; for (;;) all.push(Buffer.alloc(1 << 20, 1))"`;
      ground.launch({ command: '/bin/sh', args: ['-c', `${hog}; sleep 100`], cgroupProcs: cgroup.procsFiles() });
      await until('a kill', () => (group.read()?.oomKills ?? 0) > 0);
      group.close();
    }, 180_000);
  });
}
