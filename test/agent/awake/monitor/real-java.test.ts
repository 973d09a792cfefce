import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { jdks } from '../../../providers/java/fixtures.ts';
import { hostBuilt } from '../../../providers/jvm/ground.ts';
import { type Programs, programs } from '../../../providers/jvm/programs.ts';
import { Scratch } from '../../../support/pj.ts';
import { awakeOf, sampleWith } from '../../../support/samples.ts';

const MIB = 1 << 20;
const [jdk] = hostBuilt ? jdks() : [];

if (jdk !== undefined)
  describe('samples of Java', { timeout: 180_000 }, () => {
    let made: Programs;
    let pj: Scratch | undefined;
    beforeAll(() => {
      made = programs(jdk);
    });
    afterAll(() => made?.clear());
    afterEach(async () => {
      await pj?.cleanUp();
      pj = undefined;
    });

    /** Writes a descriptor. */
    const app = (id: string, args: string[], own: boolean, more: object = {}): void => {
      const jvm = own ? { jvm: 'own', heap: '32MiB', jvmArgs: ['-XX:+UseSerialGC'] } : {};
      const java = { mainClass: 'app.Main', classpath: [made.classes], args, ...jvm };
      const common = { monitoring: { enabled: true }, restart: { policy: 'no' }, stop: { gracePeriod: 5 } };
      pj?.write({ [`${id}.yaml`]: JSON.stringify({ applicationId: id, ...common, java, ...more }) });
    };

    it('come from the kernel and the JVM: of one of its own, of a host, and of what is in that, each for itself', async () => {
      pj = new Scratch({
        'pj.yaml': `name: j${randomBytes(4).toString('hex')}\nagent: { sampling: { interval: 0.5 } }\n`,
      });
      pj.env['JAVA_HOME'] = jdk.home;
      const always = { restart: { policy: 'always', delay: '300ms', maxAttempts: 0 } };
      app('own', ['threads=5', 'wait'], true);
      app('again', ['exit=3'], true, always);
      app('spinner', ['turn'], false, { resources: { cpu: 0.3, maxThreads: 20 } });
      app('within', ['exit=3'], false, always);
      const volumes = [{ name: 'data', path: 'data', type: 'persistent', size: '10MiB' }];
      app('writer', ['write=hello', 'threads=3', 'wait'], false, { volumes });
      await pj.ok(['apply', '--auto-approve']);

      const own = await sampleWith(pj, 'own', ({ heap, cpu }) => heap !== undefined && cpu !== undefined);
      expect(own).toMatchObject({ heapMax: 32 * MIB, processes: 1, restarts: 0, gcSeconds: expect.any(Number) });
      expect(own.heap).toBeGreaterThan(0);
      expect(own.heap).toBeLessThan(32 * MIB);
      expect(own.classes).toBeGreaterThan(100);
      expect(own.threads).toBeGreaterThan(6);
      expect(own.workingSet).toBeGreaterThan(MIB);
      expect(own.startedAt).toEqual(expect.any(String));

      const host = await sampleWith(pj, 'jvm.default', ({ heap, cpu }) => heap !== undefined && cpu !== undefined);
      expect(host.heapMax).toBeGreaterThan(16 * MIB);
      expect(host.gcCount).toEqual(expect.any(Number));

      const spinner = await sampleWith(pj, 'spinner', ({ cpu = 0 }) => cpu > 0);
      expect(spinner).toMatchObject({ threads: 1, restarts: 0, startedAt: expect.any(String) });
      expect(spinner.cpuSeconds).toBeGreaterThan(0);
      const writer = await sampleWith(pj, 'writer', ({ diskUsed }) => diskUsed !== undefined);
      expect(writer).toMatchObject({ threads: 4, diskUsed: 5, allocated: expect.any(Number) });
      // Its neighbour's processor time is not its own.
      expect(writer.cpu ?? 0).toBeLessThan(0.05);

      await sampleWith(pj, 'again', ({ restarts = 0 }) => restarts > 0);
      await sampleWith(pj, 'within', ({ restarts = 0 }) => restarts > 0);

      // Where an application is holds only for as long as it is there.
      await pj.ok(['restart', 'writer']);
      const anew = await sampleWith(
        pj,
        'writer',
        ({ startedAt, cpuSeconds }) => cpuSeconds !== undefined && startedAt !== writer.startedAt,
      );
      expect(Date.parse(anew.startedAt ?? '')).toBeGreaterThan(Date.parse(writer.startedAt ?? ''));
      expect((await awakeOf(pj)).sampling.interval).toBe(0.5);
    });
  });
