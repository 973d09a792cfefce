import { rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { WorkloadRecord } from '../../../src/model/record.ts';
import type { Spec } from '../../../src/model/spec.ts';
import { detectCgroups } from '../../../src/os/cgroup.ts';
import type { Provider } from '../../../src/providers/contract.ts';
import { unthrottledJava } from '../../../src/providers/java/unthrottled.ts';
import { buildAgent, type Ground, pidOf } from '../../agent/ground.ts';
import { cpuSecondsOf, cpuSecondsOfThreads, expectHeld } from '../../support/cpu.ts';
import { HOST, hostBuilt, hostGround, hostSpec, MIB } from '../jvm/ground.ts';
import { inHost, type Programs, programs } from '../jvm/programs.ts';
import { jdks } from './fixtures.ts';
import { javaGround } from './ground.ts';

const RESOURCES = ['cpu', 'memory', 'threads', 'disk'] as const;

describe('what of a Java application can be throttled', () => {
  const v1 = {
    ...detectCgroups(),
    version: 'hybrid' as const,
    controllers: new Set(['cpu' as const, 'memory' as const]),
  };
  const can = (jvm: string, host: typeof v1 | (Omit<typeof v1, 'version'> & { version: 'v2' })) =>
    RESOURCES.filter((resource) => unthrottledJava(resource, { java: { jvm } }, host) === undefined);

  it('is its processor time, and on cgroup v2 the memory of a JVM of its own', () => {
    expect(can('own', v1)).toEqual(['cpu']);
    expect(can('own', { ...v1, version: 'v2' })).toEqual(['cpu', 'memory']);
    expect(can('shared:a', { ...v1, version: 'v2' })).toEqual(['cpu']);
    expect(unthrottledJava('memory', { java: { jvm: 'own' } }, v1)).toMatch(/cgroup v2/);
    expect(unthrottledJava('memory', { java: {} }, v1)).toMatch(/JVM of its own/);
  });
});

const [jdk] = hostBuilt && detectCgroups().controllers.has('cpu') ? jdks() : [];

if (jdk !== undefined)
  describe('throttles of Java', { timeout: 180_000 }, () => {
    let agent: Awaited<ReturnType<typeof buildAgent>>;
    let made: Programs;
    let here: (Ground & { clear(): Promise<void> }) | undefined;
    beforeAll(async () => {
      agent = await buildAgent();
      made = programs(jdk);
    });
    afterEach(() => here?.clear());
    afterAll(() => {
      rmSync(agent.dir, { recursive: true, force: true });
      made?.clear();
    });

    const run = async (ground: Ground, provider: Provider, id: string, spec: Spec, kind: 'java' | 'jvm') => {
      const created = await provider.create(ground.target(id, spec), ground.context);
      const started = await provider.start(ground.target(id, spec, { handle: created.handle }), ground.context);
      return { ...ground.record(id, spec, started), kind, provider: kind };
    };
    const cpuIn = async (ground: Ground, provider: Provider, record: WorkloadRecord) =>
      (await provider.read([record], ground.context))[0]?.fields['/resources/cpu'];

    /** Throttles, measures, lifts; what a descriptor says wins; what does not run is a success. */
    async function throttled(
      ground: Ground,
      provider: Provider,
      record: WorkloadRecord,
      seconds: () => number | Promise<number>,
    ): Promise<void> {
      const { context } = ground;
      expect(await cpuIn(ground, provider, record)).toBe(0.8);
      expect(await provider.throttle?.(record, { cpu: 0.25 }, context)).toEqual({ cpu: 0.25 });
      expect(await cpuIn(ground, provider, record)).toBe(0.25);
      await expectHeld(0.25, seconds);
      expect(await provider.throttle?.(record, { cpu: 0.25 }, context)).toEqual({ cpu: 0.25 });
      expect(await provider.throttle?.(record, { cpu: null }, context)).toEqual({ cpu: 0.8 });
      expect(await cpuIn(ground, provider, record)).toBe(0.8);

      await provider.throttle?.(record, { cpu: 0.2 }, context);
      const spec = { ...record.spec, resources: { cpu: 0.7 } };
      const target = ground.target(record.id, spec, { handle: record.handle });
      const { handle } = await provider.update(target, ['/resources/cpu'], context);
      const changed = { ...record, spec, handle };
      expect(await cpuIn(ground, provider, changed)).toBe(0.7);
      expect(await provider.throttle?.(changed, { cpu: null }, context)).toEqual({ cpu: 0.7 });

      await provider.throttle?.(changed, { cpu: 0.2 }, context);
      await provider.stop(target, context);
      expect(await provider.throttle?.(changed, { cpu: 0.2 }, context)).toEqual({});
      const again = await provider.start(target, context);
      const started = { ...changed, handle: again.handle };
      expect(await cpuIn(ground, provider, started)).toBe(0.7);
      if (detectCgroups().version !== 'v2')
        await expect(provider.throttle?.(started, { memory: 64 * MIB }, context)).rejects.toMatchObject({
          code: 'PJ5306',
        });
    }

    it('hold for a JVM of its own', async () => {
      const ground = javaGround(agent.entry);
      here = ground;
      const { java = {}, ...rest } = inHost(made, ['turn'], { resources: { cpu: 0.8 } });
      const { host: _, ...code } = java;
      const flags = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
      const spec: Spec = { ...rest, java: { ...code, jvm: 'own', home: jdk.home, heap: 32 * MIB, jvmArgs: flags } };
      const provider = ground.java();
      const record = await run(ground, provider, 'spinner', spec, 'java');
      const pid = pidOf(record.attributes);
      await throttled(ground, provider, record, () => cpuSecondsOf(pid));
    });

    it('hold for the threads of one application in a shared JVM, and for no other', async () => {
      const ground = hostGround(agent.entry, jdk);
      here = ground;
      await ground.up();
      const provider = ground.apps();
      const record = await run(
        ground,
        provider,
        'spinner',
        inHost(made, ['turn'], { resources: { cpu: 0.8 } }),
        'java',
      );
      const other = await run(ground, provider, 'other', inHost(made, ['wait'], { resources: { cpu: 0.6 } }), 'java');
      await throttled(ground, provider, record, () => cpuSecondsOfThreads(ground.lineage, 'spinner'));
      expect(await cpuIn(ground, provider, other)).toBe(0.6);
    });

    it('hold for a host JVM with all that is in it', async () => {
      const ground = hostGround(agent.entry, jdk);
      here = ground;
      const spec = hostSpec(jdk, { resources: { cpu: 0.8 } });
      const { pid, target } = await ground.up(spec);
      const provider = ground.hosts();
      await run(ground, ground.apps(), 'spinner', inHost(made, ['turn']), 'java');
      const record = {
        ...ground.record(HOST, spec, { handle: target.handle ?? {}, attributes: {} }),
        kind: 'jvm' as const,
        provider: 'jvm',
      };
      await throttled(ground, provider, record, () => cpuSecondsOf(pid));
    });
  });
