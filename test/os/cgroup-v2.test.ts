import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Cgroup, type CgroupHost, detectCgroups, openCgroup } from '../../src/os/cgroup.ts';

/*
 * The controllers of cgroup v2 cannot be had on a hybrid host. So this is a folder that looks like a v2 tree: it proves which
 * file gets which text, and what happens where files are missing. What a real kernel makes of it is tried in
 * cgroup-v2-guest.test.ts, in a virtual machine.
 */
let root: string;
let group: Cgroup;

const FILES: Record<string, string> = {
  'cgroup.procs': '',
  'cgroup.type': 'domain\n',
  'cgroup.controllers': 'cpuset cpu io memory pids\n',
  'cgroup.subtree_control': '',
  'cgroup.events': 'populated 0\nfrozen 0\n',
  'cgroup.kill': '',
  'cgroup.freeze': '0\n',
  'cpu.max': 'max 100000\n',
  'cpu.stat': 'usage_usec 1234567\nuser_usec 1000000\n',
  'memory.max': 'max\n',
  'memory.high': 'max\n',
  'memory.swap.max': 'max\n',
  'memory.current': '5000000\n',
  'memory.stat': 'anon 3000000\ninactive_file 1000000\n',
  'memory.events': 'low 0\nhigh 0\nmax 3\noom 2\noom_kill 2\noom_group_kill 0\n',
  'pids.max': 'max\n',
};

function fill(folder: string, without: readonly string[] = []): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(FILES))
    if (!without.includes(name)) writeFileSync(join(folder, name), text);
}

const mountinfo = (options = 'rw') => `41 31 0:38 / ${root} ${options},relatime - cgroup2 cgroup2 ${options}\n`;
const read = (name: string, folder = group.path) => readFileSync(join(folder, name), 'utf8');
const detect = (isRoot = true, self = '0::/\n', options = 'rw'): CgroupHost =>
  detectCgroups(root, { mountinfo: mountinfo(options), self, isRoot });

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pj-cgroup2-'));
  fill(root, ['cgroup.type', 'cgroup.events', 'cgroup.kill', 'cgroup.freeze', 'cpu.max', 'memory.max', 'pids.max']);
  group = openCgroup(detect(), ['pj', 'abc123', 'web']);
  for (const depth of [1, 2, 3]) fill(join(root, ...group.name.slice(0, depth)));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('detectCgroups on v2', () => {
  it('takes the top for root', () => {
    expect(detect()).toEqual({
      version: 'v2',
      writable: true,
      controllers: new Set(['cpu', 'memory', 'pids']),
      unified: root,
      v1: {},
    });
  });

  it('takes the topmost delegated folder above the own group for others', () => {
    const user = join(root, 'user.slice', 'user-1000.slice', 'user@1000.service');
    const own = join(user, 'app.slice', 'shell.scope');
    fill(own);
    fill(join(user, 'app.slice'));
    fill(user);
    const self = '0::/user.slice/user-1000.slice/user@1000.service/app.slice/shell.scope\n';
    // user-1000.slice has no cgroup.procs that may be written, which is how delegation ends.
    expect(detect(false, self)).toMatchObject({ version: 'v2', writable: true, unified: user });
    rmSync(join(own, 'cgroup.procs'));
    expect(detect(false, self)).toMatchObject({
      writable: false,
      reason: expect.stringMatching(/^not root, and no cgroup below .* is delegated to this user$/),
    });
  });

  it('says which controllers were not delegated, and why a busy group can hand none down', () => {
    writeFileSync(join(root, 'cgroup.controllers'), 'memory pids\n');
    const some = detect();
    expect([...some.controllers]).toEqual(['memory', 'pids']);
    expect(some.reason).toMatch(/the cpu controller is not delegated/);
    writeFileSync(join(root, 'cgroup.type'), 'domain\n');
    writeFileSync(join(root, 'cgroup.procs'), '1\n');
    writeFileSync(join(root, 'cgroup.subtree_control'), 'pids\n');
    const busy = detect();
    expect([...busy.controllers]).toEqual(['pids']);
    expect(busy.reason).toMatch(/holds processes of its own/);
  });

  it('cannot use a read-only tree', () => {
    expect(detect(true, '0::/\n', 'ro')).toMatchObject({ writable: false, reason: `${root} is not writable` });
  });

  it('says when there is none', () => {
    const none = detectCgroups(root, { mountinfo: '', self: '' });
    expect(none).toMatchObject({
      version: 'none',
      writable: false,
      reason: expect.stringMatching(/no cgroup file system/),
    });
  });
});

describe('limits on v2', () => {
  it('writes the texts that the kernel documents, and hands the controllers down', () => {
    const report = group.setLimits({ cpu: 0.5, memory: 64 << 20, pids: 32 });
    expect(report).toEqual({ held: { cpu: 0.5, memory: 64 << 20, pids: 32 }, notHeld: [], notes: [] });
    expect(read('cpu.max')).toBe('50000 100000');
    expect(read('memory.max')).toBe('67108864');
    expect(read('memory.swap.max')).toBe('0');
    expect(read('pids.max')).toBe('32');
    for (const folder of [root, join(root, 'pj'), join(root, 'pj', 'abc123')]) {
      // A real kernel adds up what is written; a file keeps the last.
      expect(read('cgroup.subtree_control', folder)).toBe('+pids');
    }
    expect(read('cgroup.subtree_control')).toBe('');
    group.setLimits({ cpu: 0.004 });
    expect(read('cpu.max')).toBe('1000 250000');
  });

  it('lifts limits', () => {
    group.setLimits({ cpu: 2, memory: 64 << 20, pids: 5 });
    expect(group.setLimits({ cpu: null, memory: null, pids: null }).held).toEqual({});
    expect([read('cpu.max'), read('memory.max'), read('memory.swap.max'), read('pids.max')]).toEqual([
      'max 100000',
      'max',
      'max',
      'max',
    ]);
  });

  it('does not set memory.max below what is in use, since the kernel would kill', () => {
    expect(group.setLimits({ memory: 1_000_000 })).toEqual({
      held: {},
      notHeld: [{ resource: 'memory', reason: 'more than that is in use now: 5000000 bytes' }],
      notes: [],
    });
    expect(read('memory.max')).toBe('max\n');
    expect(read('memory.high')).toBe('max');
  });

  it('reads usage and counts kills for want of memory', () => {
    writeFileSync(join(group.path, 'cgroup.procs'), '2147483646\n0\n');
    expect(group.usage()).toEqual({ cpuUsec: 1_234_567, memory: 4_000_000, oomKills: 2, pids: 1 });
  });

  it('kills, freezes and joins by the files of the group', () => {
    group.freeze();
    expect(read('cgroup.freeze')).toBe('1');
    group.thaw();
    expect(read('cgroup.freeze')).toBe('0');
    writeFileSync(join(group.path, 'cgroup.events'), 'populated 1\nfrozen 1\n');
    expect([group.populated(), group.frozen()]).toEqual([true, true]);
    group.kill();
    expect(read('cgroup.kill')).toBe('1');
    expect(group.procsFiles()).toEqual([join(root, 'pj/abc123/web/cgroup.procs')]);
  });

  it('says why where a controller is not there', () => {
    writeFileSync(join(root, 'cgroup.controllers'), 'cpu\n');
    const report = openCgroup(detect(), group.name).setLimits({ cpu: 1, pids: 5 });
    expect(report.notHeld).toEqual([
      { resource: 'pids', reason: expect.stringMatching(/pids controller is not delegated/) },
    ]);
    expect(existsSync(group.path)).toBe(true);
  });
});
