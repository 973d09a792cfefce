import assert from 'node:assert/strict';
import { join } from 'node:path';
import { identify, isAlive } from '../../../src/os/identity.ts';
import { type Playground, result, until } from '../test-cgroups.ts';
import { type Check, nearly } from './check.ts';
import { coresUsed, counter, holdMemory, kernelFile, made, shellIn, TOP, withGround } from './in-group.ts';

const MIB = 1 << 20;
const SPIN = 'while :; do :; done';

export const limitChecks: Check[] = [
  {
    name: 'hands controllers down from a kernel where none was',
    run: withGround(async (ground) => {
      const group = made(ground);
      assert.deepEqual(group.readLimits(), {});
      assert.deepEqual(group.setLimits({ cpu: 0.5, memory: 64 * MIB, pids: 40 }), {
        held: { cpu: 0.5, memory: 64 * MIB, pids: 40 },
        notHeld: [],
        notes: [],
      });
      assert.equal(kernelFile(group, 'cpu.max'), '50000 100000');
      assert.equal(kernelFile(group, 'memory.max'), String(64 * MIB));
      assert.equal(kernelFile(group, 'pids.max'), '40');
      assert.equal(kernelFile(group, 'memory.swap.max'), '0');
      // What the workload itself may hand on is its own affair.
      assert.equal(kernelFile(group, 'cgroup.subtree_control'), '');
    }),
  },
  {
    name: 'holds any number of cores, rounded as the kernel rounds',
    run: withGround(async (ground) => {
      const group = made(ground);
      const texts = { 0.05: '5000 100000', 0.005: '1000 200000', 0.0005: '1000 1000000', 3.5: '350000 100000' };
      for (const [cores, text] of Object.entries(texts)) {
        const { held, notHeld } = group.setLimits({ cpu: Number(cores) });
        assert.deepEqual(notHeld, []);
        assert.equal(kernelFile(group, 'cpu.max'), text);
        assert.ok(Math.abs((held.cpu ?? 0) - Math.max(Number(cores), 0.001)) < 1e-6, `${cores}: ${held.cpu}`);
      }
      assert.deepEqual(group.setLimits({ memory: 10_000_001 }).held.memory, 10_000_001 - (10_000_001 % 4096));
    }),
  },
  {
    name: 'throttles to the cpu quota, changes and lifts it while the process runs',
    run: withGround(async (ground) => {
      const group = made(ground);
      assert.deepEqual(group.setLimits({ cpu: 0.2 }).notHeld, []);
      const child = await shellIn(ground, group, SPIN);
      await nearly('the share of a spinning process under 0.2 cores', 0.2, 0.2, () => coresUsed(group, 1_000));
      assert.ok(counter(group, 'cpu.stat', 'nr_throttled') > 0);
      assert.deepEqual(group.setLimits({ cpu: 0.5 }).held, { cpu: 0.5 });
      await nearly('its share under 0.5 cores', 0.5, 0.2, () => coresUsed(group, 1_000));
      assert.deepEqual(group.setLimits({ cpu: null }), { held: {}, notHeld: [], notes: [] });
      const before = counter(group, 'cpu.stat', 'nr_throttled');
      await nearly('its share without a limit', 1, 0.2, () => coresUsed(group, 500));
      assert.equal(counter(group, 'cpu.stat', 'nr_throttled'), before);
      assert.deepEqual(group.pids(), [child.pid]);
    }),
  },
  {
    name: 'has the kernel kill what uses more memory than its limit, and counts it',
    run: withGround(async (ground) => {
      const group = made(ground);
      assert.deepEqual(group.setLimits({ memory: 16 * MIB }).notHeld, []);
      assert.equal(group.oomKills(), 0);
      const child = ground.launch({
        command: '/bin/dd',
        args: ['if=/dev/zero', 'of=/dev/null', 'bs=64M', 'count=1'],
        cgroupProcs: group.procsFiles(),
      });
      const { code, signal } = await result(child);
      assert.deepEqual({ code, signal }, { code: null, signal: 'SIGKILL' });
      assert.equal(group.oomKills(), 1);
      assert.equal(group.usage().oomKills, 1);
      // The count outlives the process, and the next one is told apart by it.
      const again = await shellIn(ground, group, 'dd if=/dev/zero of=/dev/null bs=64M count=1; echo dd $?; sleep 100');
      await until('the second kill', () => group.oomKills() === 2);
      assert.ok(again.exitCode === null && again.signalCode === null, 'the shell, which was not killed, lives');
    }),
  },
  {
    name: 'counts memory in files of the memory file system towards the limit',
    run: withGround(async (ground) => {
      const group = made(ground);
      group.setLimits({ memory: 16 * MIB });
      const child = ground.launch({
        command: '/bin/dd',
        args: ['if=/dev/zero', 'of=/dev/shm/pj-fill', 'bs=1M', 'count=64'],
        cgroupProcs: group.procsFiles(),
      });
      const { signal } = await result(child);
      await result(ground.spawn(['/bin/rm', '-f', '/dev/shm/pj-fill']));
      assert.equal(signal, 'SIGKILL');
      assert.equal(group.oomKills(), 1);
    }),
  },
  {
    name: 'raises and lowers memory of a running process, but never below what it uses',
    run: withGround(async (ground) => {
      const group = made(ground);
      group.setLimits({ memory: 128 * MIB });
      const child = await holdMemory(ground, group, 32);
      assert.deepEqual(group.setLimits({ memory: 256 * MIB }).held, { memory: 256 * MIB });
      assert.deepEqual(group.setLimits({ memory: 48 * MIB }).held, { memory: 48 * MIB });
      const refused = group.setLimits({ memory: 8 * MIB });
      assert.match(refused.notHeld[0]?.reason ?? '', /^more than that is in use now: \d+ bytes$/);
      assert.deepEqual(refused.held, { memory: 48 * MIB });
      assert.equal(kernelFile(group, 'memory.high'), 'max');
      assert.equal(group.oomKills(), 0);
      assert.ok(identify(child.pid) !== undefined);
      assert.deepEqual(group.setLimits({ memory: null }).held, {});
      assert.equal(kernelFile(group, 'memory.max'), 'max');
    }),
  },
  {
    name: 'drops file cache to make room for a lower limit',
    run: withGround(async (ground) => {
      const group = made(ground);
      const disk = await smallDisk(ground);
      try {
        await filled(ground, join(disk, 'file'), 24);
        group.setLimits({ memory: 128 * MIB });
        const child = await shellIn(ground, group, `cat ${disk}/file >/dev/null; exec sleep 300`);
        await until('24 MiB of file cache', () => counter(group, 'memory.stat', 'inactive_file') >= 20 * MIB);
        const { memory } = group.usage();
        assert.ok(memory < 8 * MIB, `what can be dropped is no working set: ${memory}`);
        assert.deepEqual(group.setLimits({ memory: 12 * MIB }), {
          held: { memory: 12 * MIB },
          notHeld: [],
          notes: [],
        });
        assert.ok(Number(kernelFile(group, 'memory.current')) <= 12 * MIB);
        assert.equal(group.oomKills(), 0);
        assert.equal(child.exitCode, null);
      } finally {
        await result(ground.spawn(['/bin/umount', disk]));
      }
    }),
  },
  {
    name: 'refuses processes over the limit, and takes a new limit while they run',
    run: withGround(async (ground) => {
      const group = made(ground);
      assert.deepEqual(group.setLimits({ pids: 4 }).held, { pids: 4 });
      const script = 'for i in 1 2 3 4 5 6; do sleep 100 >/dev/null 2>&1 & done; wait';
      const child = ground.launch({ command: '/bin/sh', args: ['-c', script], cgroupProcs: group.procsFiles() });
      const { code, stderr } = await result(child);
      assert.match(stderr, /fork/);
      assert.notEqual(code, 0);
      assert.equal(group.pids().length, 3, 'the shell has given up, three of its children are there');
      assert.ok(counter(group, 'pids.events', 'max') > 0);
      assert.deepEqual(group.setLimits({ pids: 2 }).held, { pids: 2 });
      assert.equal(group.pids().length, 3, 'a limit below what runs ends nothing');
      assert.deepEqual(group.setLimits({ pids: 10 }).held, { pids: 10 });
      await shellIn(ground, group, 'sleep 100 & sleep 100 & wait');
      await until('three more', () => group.pids().length === 6);
    }),
  },
  {
    name: 'takes a running tree under limits that come later, and says what of its memory is not counted',
    run: withGround(async (ground) => {
      const group = made(ground);
      const child = await holdMemory(ground, group, 32);
      const members = group.pids().flatMap((pid) => identify(pid) ?? []);
      assert.equal(members.length, 3);
      const report = group.setLimits({ cpu: 0.5, memory: 64 * MIB, pids: 5 });
      assert.deepEqual(report.held, { cpu: 0.5, memory: 64 * MIB, pids: 5 });
      assert.deepEqual(report.notHeld, []);
      assert.match(report.notes.join(), /not counted until the next restart/);
      assert.deepEqual(
        members.filter((member) => !isAlive(member)),
        [],
      );
      assert.equal(kernelFile(group, 'pids.current'), '3');
      assert.equal(child.exitCode, null);
    }),
  },
  {
    name: 'keeps one group’s limits from another’s',
    run: withGround(async (ground) => {
      const [one, other] = [made(ground), made(ground)];
      one.setLimits({ cpu: 0.1, pids: 3 });
      assert.deepEqual(other.readLimits(), {});
      other.setLimits({ memory: 32 * MIB });
      assert.deepEqual(one.readLimits(), { cpu: 0.1, pids: 3 });
      assert.deepEqual(other.readLimits(), { memory: 32 * MIB });
      assert.ok(one.path.startsWith(`${TOP}/`));
    }),
  },
];

/** A file system of 40 MiB whose files are cached as those of a disk are; gives where it is mounted. */
async function smallDisk(ground: Playground): Promise<string> {
  const script = `set -e
    [ -e /dev/loop-control ] || insmod /guest/loop.ko
    rm -rf /tmp/disk /tmp/disk.img; mkdir /tmp/disk
    dd if=/dev/zero of=/tmp/disk.img bs=1M count=40; mke2fs -F /tmp/disk.img
    mount -o loop -t ext4 /tmp/disk.img /tmp/disk`;
  const { code, stderr } = await result(ground.spawn(['/bin/sh', '-c', script]));
  assert.equal(code, 0, stderr);
  return '/tmp/disk';
}

/** Writes a file of so many MiB and has the kernel forget its content, so that whoever reads it next is charged for it. */
async function filled(ground: Playground, file: string, mib: number): Promise<void> {
  const script = `dd if=/dev/zero of=${file} bs=1M count=${mib} && sync && echo 3 > /proc/sys/vm/drop_caches`;
  const { code, stderr } = await result(ground.spawn(['/bin/sh', '-c', script]));
  assert.equal(code, 0, stderr);
}
