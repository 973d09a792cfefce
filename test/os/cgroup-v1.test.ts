import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CgroupHost, detectCgroups, openCgroup } from '../../src/os/cgroup.ts';
import { cpuQuota } from '../../src/os/cgroup-v1.ts';
import { identify, isAlive } from '../../src/os/identity.ts';
import { Playground, until } from './test-cgroups.ts';

const host = detectCgroups();
/** The same host as if it had no v2 tree: what Debian 9 or RHEL 7 have. */
const { unified: _, ...rest } = host;
const v1Only: CgroupHost = { ...rest, version: 'v1' };
let ground: Playground;

beforeEach(() => {
  ground = new Playground();
});
afterEach(() => ground.clear());

describe('cpuQuota', () => {
  it('keeps 100 ms periods, and longer ones where the quota would be too short for the kernel', () => {
    expect(cpuQuota(0.5)).toEqual({ quota: 50_000, period: 100_000 });
    expect(cpuQuota(0.05)).toEqual({ quota: 5_000, period: 100_000 });
    expect(cpuQuota(16)).toEqual({ quota: 1_600_000, period: 100_000 });
    expect(cpuQuota(0.005)).toEqual({ quota: 1_000, period: 200_000 });
    expect(cpuQuota(0.000_01)).toEqual({ quota: 1_000, period: 1_000_000 });
  });
});

describe.runIf(host.v1.freezer !== undefined)('a host with v1 controllers only', () => {
  it('tracks, freezes and kills a forking tree through the freezer', async () => {
    const group = ground.group(v1Only);
    group.create();
    expect(group.path).toContain('freezer');
    const forks = 'while :; do setsid sleep 300 </dev/null >/dev/null 2>&1 & sleep 0.01; done';
    ground.launch({ command: '/bin/sh', args: ['-c', forks], cgroupProcs: group.procsFiles() });
    await until('some processes', () => group.pids().length > 5);
    expect(group.freeze()).toBeUndefined();
    await until('the freeze', () => group.frozen());
    const count = group.pids().length;
    expect(group.usage().pids).toBe(count);
    expect(group.thaw()).toBeUndefined();
    await until('more processes', () => group.pids().length > count);
    const members = group.pids().flatMap((pid) => identify(pid) ?? []);
    group.kill();
    expect(await group.waitEmpty(5_000)).toBe(true);
    expect(members.filter((member) => isAlive(member))).toEqual([]);
    await group.killAndRemove();
    expect(group.exists()).toBe(false);
  });

  it('holds limits, and tells usage from /proc where no controller does', async () => {
    const group = ground.group(v1Only);
    group.create();
    expect(group.setLimits({ cpu: 0.5, pids: 20 })).toEqual({ held: { cpu: 0.5, pids: 20 }, notHeld: [], notes: [] });
    const child = ground.launch({
      command: process.execPath,
      args: ['-e', 'for (;;);'],
      cgroupProcs: group.procsFiles(),
    });
    await until('cpu time', () => group.usage().cpuUsec > 50_000);
    expect(group.usage().memory).toBeGreaterThan(1 << 20);
    expect(group.pids()).toEqual([child.pid]);
  });

  it('says which limit it cannot hold where a controller is missing', () => {
    const { memory: __, ...v1 } = v1Only.v1;
    const without: CgroupHost = { ...v1Only, v1, controllers: new Set(['cpu', 'pids']), reason: 'no memory here' };
    const group = ground.group(without);
    group.create();
    expect(group.setLimits({ memory: 1 << 30, pids: 5 })).toEqual({
      held: { pids: 5 },
      notHeld: [{ resource: 'memory', reason: 'no memory here' }],
      notes: [],
    });
    expect(group.setLimits({ memory: null }).notHeld).toEqual([]);
  });
});

describe('a host without cgroups', () => {
  it('says so where a group is asked for, and is quiet where nothing has to be done', () => {
    const none: CgroupHost = { version: 'none', writable: false, controllers: new Set(), v1: {}, reason: 'none here' };
    const group = openCgroup(none, ['pj', 'x', 'y']);
    expect(() => group.create()).toThrow(/none here/);
    expect(group.exists()).toBe(false);
    expect(group.pids()).toEqual([]);
    expect(group.procsFiles()).toEqual([]);
    expect(group.remove()).toBe(true);
    expect(group.setLimits({ cpu: 1 }).notHeld).toEqual([{ resource: 'cpu', reason: 'none here' }]);
    group.kill();
  });
});
