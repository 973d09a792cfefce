import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { detectCgroups } from '../../../src/os/cgroup.ts';
import { canHold } from '../../os/test-cgroups.ts';
import { IsolationDriver, javaMissing, jdks } from './driver.ts';

const missing = javaMissing();
const found = missing === undefined ? await jdks() : [];
const host = detectCgroups();

const V2 = '30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n';

function v1(name: string): string {
  return `32 31 0:29 / /sys/fs/cgroup/${name} rw - cgroup cgroup rw,${name}\n`;
}

describe.skipIf(missing !== undefined)('kernel groups of applications', () => {
  const driver = new IsolationDriver();
  beforeAll(() => driver.compile(), 60_000);
  afterAll(() => driver.clear());

  describe.skipIf(!canHold(host, 'cpu', 'pids')).each(found)('on Java $feature', (jdk) => {
    // Measured from the kernel's cpu counters, in a group that comes before what else the machine does: a quota is no guarantee.
    it('hold three spinning threads to their quota while the neighbour works as before', {
      retry: 1,
      timeout: 180_000,
    }, async () => {
      const told = await driver.runInGroup(jdk, 'spin', host, true);
      expect(told).toMatchObject({ reason: 'null', refused: 'null null', held: '0.3 0.5', countsTheDead: 'true' });
      expect(Number(told['spinner.seconds'])).toBeGreaterThanOrEqual(3);
      expect(Number(told['spinner.cores'])).toBeGreaterThan(0.27);
      expect(Number(told['spinner.cores'])).toBeLessThan(0.33);
      expect(Number(told['ratio'])).toBeGreaterThan(0.9);
    });

    it('refuse one thread too many to one application and not to its neighbour', async () => {
      const told = await driver.runInGroup(jdk, 'threads', host);
      expect(told).toMatchObject({ refused: 'null', held: '5', small: '4 OutOfMemoryError', neighbour: '20 none' });
    }, 180_000);

    it('take, lift and tell limits, whatever the application is called, and go', async () => {
      const told = await driver.runInGroup(jdk, 'limits', host);
      expect(told).toMatchObject({
        ...{ cpu: 'true', threads: 'true', reason: 'null', set: 'null 1.25 null 7', tiny: 'null 0.004' },
        ...{ lifted: 'null null null null', again: 'null 0.5', gone: 'null -1' },
      });
      expect(told['bad']?.match(/has to be above 0/g)).toHaveLength(3);
      expect(told['names']).toMatch(/^app-a\.b@1 app-\.\._x\+[0-9a-f]{12} true false$/);
    }, 180_000);
  });

  it.runIf(found.length > 0)('are not made outside of the groups of pj', async () => {
    const told = await places(V2, '0::/user.slice\n');
    expect(told).toMatchObject({ reason: "this JVM is in no cgroup of pj's" });
    expect(told['place']).toBeUndefined();
    expect((await places('', '0::/pj/a/b\n'))['reason']).toBe('no cgroup file system is mounted');
  });

  it.runIf(found.length > 0).each([
    ['v2', V2, '0::/pj/l/jvm@1+x\n', '/sys/fs/cgroup/pj/l/jvm@1+x v2 [cpu, pids]', 'null'],
    [
      'v1 with cpu and cpuacct in one',
      `${v1('cpu,cpuacct')}${v1('pids')}`,
      '2:cpu,cpuacct:/pj/l/a\n1:pids:/pj/l/a\n',
      '/sys/fs/cgroup/cpu,cpuacct/pj/l/a v1 [cpu, cpuacct] /sys/fs/cgroup/pids/pj/l/a v1 [pids]',
      'null',
    ],
    [
      'a mount that begins below the top',
      '32 31 0:29 /docker/c1 /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n',
      '1:pids:/docker/c1/pj/l/a\n',
      '/sys/fs/cgroup/pids/pj/l/a v1 [pids]',
      'no cgroup tree with cpu may be used',
    ],
    [
      'read only',
      v1('pids').replace(' rw ', ' ro '),
      '1:pids:/pj/l/a\n',
      undefined,
      'no cgroup file system is mounted',
    ],
  ])('find their place: %s', async (_, mountinfo, self, place, reason) => {
    const told = await places(mountinfo, self);
    expect([told['place'], told['reason']]).toEqual([place, reason]);
  });

  async function places(mountinfo: string, self: string): Promise<Record<string, string>> {
    const [one, two] = [join(driver.dir, 'mountinfo'), join(driver.dir, 'cgroup')];
    writeFileSync(one, mountinfo);
    writeFileSync(two, self);
    const [jdk] = found;
    if (jdk === undefined) throw new Error('no JDK');
    return driver.run(jdk, 'cgroups', [one, two]);
  }
});
