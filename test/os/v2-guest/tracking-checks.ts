import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cleanupEmptyParents, detectCgroups, listCgroups } from '../../../src/os/cgroup.ts';
import { identify, isAlive } from '../../../src/os/identity.ts';
import { readStat, signalTree, treePids } from '../../../src/os/process.ts';
import { result, until } from '../test-cgroups.ts';
import type { Check } from './check.ts';
import { made, shellIn, TOP, withGround } from './in-group.ts';

/** Makes daemons without end, each in a session of its own. */
const FORKS = 'while :; do setsid sleep 300 </dev/null >/dev/null 2>&1 & sleep 0.02; done';

export const trackingChecks: Check[] = [
  {
    name: 'sees cgroup v2 with all controllers',
    run: () => {
      assert.deepEqual(detectCgroups(), {
        version: 'v2',
        writable: true,
        controllers: new Set(['cpu', 'memory', 'pids']),
        unified: TOP,
        v1: {},
      });
    },
  },
  {
    name: 'starts a process with no instant outside its group',
    run: withGround(async (ground) => {
      const group = made(ground);
      const child = ground.launch({
        command: '/bin/cat',
        args: ['/proc/self/cgroup'],
        cgroupProcs: group.procsFiles(),
      });
      let said = '';
      child.stdout?.on('data', (chunk) => {
        said += chunk;
      });
      await new Promise((resolve) => child.once('close', resolve));
      assert.equal(said.trim(), `0::${group.path.slice(TOP.length)}`);
    }),
  },
  {
    name: 'kills a tree that forks on, with daemons in sessions of their own',
    run: withGround(async (ground) => {
      const group = made(ground);
      group.setLimits({ pids: 200 });
      await shellIn(ground, group, FORKS);
      await until('some processes', () => group.pids().length > 6);
      const members = group.pids().flatMap((pid) => identify(pid) ?? []);
      const tree = new Set(treePids({ cgroup: group }).map(({ pid }) => pid));
      assert.deepEqual(
        members.filter((member) => isAlive(member) && !tree.has(member.pid)),
        [],
      );
      signalTree({ cgroup: group }, 'SIGKILL');
      assert.equal(await group.waitEmpty(5_000), true);
      assert.deepEqual(
        members.filter((member) => isAlive(member)),
        [],
      );
      assert.deepEqual(group.usage().pids, 0);
      await group.killAndRemove();
      assert.equal(group.exists(), false);
    }),
  },
  {
    name: 'kills such a tree where the kernel has no cgroup.kill, as before 5.14',
    run: withGround(async (ground) => {
      const group = made(ground);
      const file = join(group.path, 'cgroup.kill');
      assert.equal((await result(ground.spawn(['/bin/mount', '--bind', '/dev/full', file]))).code, 0);
      try {
        await shellIn(ground, group, FORKS);
        await until('some processes', () => group.pids().length > 6);
        const members = group.pids().flatMap((pid) => identify(pid) ?? []);
        group.kill();
        assert.equal(await group.waitEmpty(5_000), true);
        assert.deepEqual(
          members.filter((member) => isAlive(member)),
          [],
        );
        assert.equal(group.frozen(), false);
      } finally {
        assert.equal((await result(ground.spawn(['/bin/umount', file]))).code, 0);
      }
    }),
  },
  {
    name: 'freezes and thaws, and kills what is frozen',
    run: withGround(async (ground) => {
      const group = made(ground);
      const child = await shellIn(ground, group, 'while :; do :; done');
      assert.equal(group.frozen(), false);
      assert.equal(group.freeze(), undefined);
      await until('the freeze', () => group.frozen());
      const before = readStat(child.pid)?.utime;
      await new Promise((resolve) => setTimeout(resolve, 300));
      assert.equal(readStat(child.pid)?.utime, before);
      assert.equal(group.thaw(), undefined);
      await until('cpu time after the thaw', () => (readStat(child.pid)?.utime ?? 0) > (before ?? 0));
      await until('no freeze', () => !group.frozen());
      group.freeze();
      await until('the freeze', () => group.frozen());
      group.kill();
      assert.equal(await group.waitEmpty(5_000), true);
    }),
  },
  {
    name: 'counts and ends what lives in groups that the workload made itself, threaded ones too',
    run: withGround(async (ground) => {
      const group = made(ground);
      const main = await shellIn(ground, group, 'sleep 300 & sleep 300 & wait');
      await until('three processes', () => group.pids().length === 3);
      const child = group.pids().find((pid) => pid !== main.pid) ?? 0;
      // A threaded group lies inside a domain: its cgroup.procs cannot be read, the domain's tells its processes.
      const [inner, threaded] = [join(group.path, 'inner'), join(group.path, 'inner', 'threads')];
      mkdirSync(inner);
      mkdirSync(threaded);
      writeFileSync(join(inner, 'cgroup.procs'), String(child));
      writeFileSync(join(threaded, 'cgroup.type'), 'threaded');
      writeFileSync(join(threaded, 'cgroup.threads'), String(child));
      assert.equal(group.pids().length, 3);
      assert.ok(group.pids().includes(child));
      assert.equal(group.populated(), true);
      assert.equal(group.usage().pids, 3);
      assert.equal(group.remove(20), false);
      await group.killAndRemove();
      assert.equal(existsSync(group.path), false);
    }),
  },
  {
    name: 'does not remove a group that something lives in, and leaves no folder once nothing does',
    run: withGround(async (ground) => {
      const group = made(ground);
      group.create();
      group.setLimits({ cpu: 0.5, memory: 64 << 20, pids: 10 });
      await shellIn(ground, group, 'exec sleep 300');
      assert.equal(group.remove(20), false);
      cleanupEmptyParents(group.host, group.name);
      assert.equal(group.populated(), true);
      assert.deepEqual(listCgroups(group.host, group.name.slice(0, 2)), ['load.1']);
      group.kill();
      assert.equal(await group.waitEmpty(5_000), true);
      assert.equal(group.remove(), true);
      assert.equal(group.remove(), true);
      cleanupEmptyParents(group.host, group.name);
      assert.equal(existsSync(dirname(dirname(group.path))), false);
      group.kill();
      assert.equal(group.freeze(), undefined);
      assert.deepEqual([group.exists(), group.populated(), group.pids()], [false, false, []]);
    }),
  },
  {
    name: 'leaves nothing behind of all these checks',
    run: () => {
      const left = readdirSync(TOP, { withFileTypes: true }).filter((entry) => entry.isDirectory());
      assert.deepEqual(
        left.map(({ name }) => name),
        [],
      );
    },
  },
];
