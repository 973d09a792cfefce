import { describe, expect, it } from 'vitest';
import type { JsonObject, Pointer } from '../../../src/model/json.ts';
import type { WorkloadRecord } from '../../../src/model/record.ts';
import type { Spec } from '../../../src/model/spec.ts';
import type { CallContext, Target } from '../../../src/providers/contract.ts';
import { classifyJava, keepsJava } from '../../../src/providers/java/classify.ts';
import { javaProviderOver } from '../../../src/providers/java/provider.ts';
import type { Applications, JavaRuntime, JavaRuntimeName } from '../../../src/providers/java/runtime.ts';
import { runningRecord } from '../../support/records.ts';

const context: CallContext = { signal: new AbortController().signal, progress: () => undefined };
const own: Spec = { java: { mainClass: 'M', classpath: ['a.jar'], jvm: 'own' } };
const shared: Spec = { java: { mainClass: 'M', classpath: ['a.jar'], host: 'jvm.default' } };
const record = (id: string, spec: Spec, handle: JsonObject | null): WorkloadRecord =>
  runningRecord({ id, kind: 'java', provider: 'java', spec, handle, attributes: {} });

describe('the provider over both runtimes', () => {
  /** Notes who was called, and holds what `has` says. */
  function scene(has: Partial<Record<JavaRuntimeName, string>> = {}) {
    const calls: string[] = [];
    const runtime = (name: JavaRuntimeName): JavaRuntime => {
      const made = { handle: { runtime: name }, attributes: {} };
      const note = (what: string) => {
        calls.push(`${name} ${what}`);
      };
      const applications = {
        check: async (some) => new Map(some.map(({ id }) => [id, [{ severity: 'warning', message: name }]])),
        find: async ({ id }) => {
          note(`find ${id}`);
          return has[name] === id ? { ...made, status: 'running', whole: true } : undefined;
        },
        list: async () => [],
        read: async (some) => {
          note(`read ${some.map(({ id }) => id).join(',')}`);
          return some
            .slice(0, 1)
            .map(({ id }) => ({ id, status: 'running', fields: {}, attributes: { name }, handle: made.handle }));
        },
        create: async () => made,
        start: async () => made,
        update: async () => made,
        stop: async ({ identity }) => note(`stop ${identity.id}`),
        destroy: async ({ identity }) => note(`destroy ${identity.id}`),
        sample: async (some) => some.map(({ id }) => ({ id, threads: name.length })),
      } satisfies Applications;
      return {
        name,
        applications,
        probe: async () => Promise.reject(new Error('not asked')),
        close: async () => undefined,
      };
    };
    const runtimes = { own: runtime('own'), shared: runtime('shared') };
    const provider = javaProviderOver(
      { get: async (name) => runtimes[name], close: async () => undefined },
      '/nowhere',
    );
    const target = (id: string, spec: Spec, handle: JsonObject | null = null): Target => ({
      identity: { project: 'p', lineage: 'l', id, generation: 1 },
      handle,
      spec,
      specDigest: '',
    });
    return { calls, provider, target };
  }

  it('sends each call to the runtime that the handle names, else the spec', async () => {
    const { provider, target } = scene();
    expect((await provider.create(target('a', own), context)).handle).toEqual({ runtime: 'own' });
    expect((await provider.create(target('a', shared), context)).handle).toEqual({ runtime: 'shared' });
    expect((await provider.create(target('a', { java: { jvm: 'host-x' } }), context)).handle).toEqual({
      runtime: 'shared',
    });
    expect((await provider.start(target('a', shared, { runtime: 'own' }), context)).handle).toEqual({ runtime: 'own' });
  });

  it('asks both for what neither names', async () => {
    const { provider, calls, target } = scene({ own: 'a' });
    await provider.destroy(target('a', {}), { destroyVolumes: false }, context);
    await provider.stop(target('b', {}), context);
    expect(calls).toEqual(['shared find a', 'own find a', 'own destroy a', 'shared find b', 'own find b']);
    calls.length = 0;
    expect(await provider.find(target('a', {}).identity, context)).toMatchObject({ handle: { runtime: 'own' } });
    await provider.find(target('a', {}).identity, context, { runtime: 'own' });
    expect(calls).toEqual(['shared find a', 'own find a', 'own find a']);
  });

  it('asks each once for all that is its own, and gives one answer a record, in their order', async () => {
    const { provider, calls } = scene();
    const records = [
      record('a', own, { runtime: 'own' }),
      record('b', shared, null),
      record('c', own, null),
      record('d', own, { runtime: 'shared' }),
    ];
    const seen = await provider.read(records, context);
    expect(seen.map(({ id, status }) => `${id} ${status}`)).toEqual(['a running', 'b running', 'c gone', 'd gone']);
    expect(calls).toEqual(['shared read b,d', 'own read a,c']);
    const usage = (await provider.sample?.(records, context)) ?? [];
    expect(new Map(usage.map(({ id, threads }) => [id, threads]))).toEqual(
      new Map([
        ['a', 3],
        ['b', 6],
        ['c', 3],
        ['d', 6],
      ]),
    );
    expect(await provider.read([], context)).toEqual([]);
  });
});

describe('update classes', () => {
  const classOf = (path: Pointer, spec: Spec, wanted: Spec = spec) =>
    classifyJava(path, undefined, undefined, record('a', spec, null), wanted).updateClass;

  it.each([
    ['/resources/cpu', 'live', 'live'],
    ['/resources/maxThreads', 'live', 'live'],
    ['/resources/memory', 'restart', 'live'],
    ['/restart/policy', 'live', 'live'],
    ['/stop/gracePeriod', 'live', 'live'],
    ['/java/threadPool/maxPoolSize', 'restart', 'live'],
    ['/java/version', 'restart', 'live'],
    ['/java/classpath/0', 'restart', 'restart'],
    ['/java/args', 'restart', 'restart'],
    ['/java/heap', 'restart', 'restart'],
    ['/properties/x', 'restart', 'restart'],
    ['/env/X', 'restart', 'restart'],
    ['/security/allowNetworking', 'restart', 'restart'],
    ['/java/enableMessaging', 'restart', 'restart'],
    ['/java/reloadable', 'live', 'live'],
    ['/java/ports', 'live', 'live'],
    ['/healthCheck/port', 'live', 'live'],
    ['/java/host', 'replace', 'replace'],
  ] as const)('of %s: own JVM %s, shared JVM %s', (path, inOwn, inShared) => {
    expect([classOf(path, own), classOf(path, shared)]).toEqual([inOwn, inShared]);
  });

  it('take up code live where both say so', () => {
    const reloadable = { java: { ...shared.java, reloadable: true } };
    for (const path of ['/java/classpath/0', '/java/jar', '/java/mainClass', '/java/args', '/properties/x']) {
      expect([path, classOf(path, reloadable)]).toEqual([path, 'live']);
      expect([path, classOf(path, shared, reloadable)]).toEqual([path, 'restart']);
      expect([path, classOf(path, reloadable, shared)]).toEqual([path, 'restart']);
      expect(classOf(path, { java: { ...own.java, reloadable: true } })).toBe('restart');
    }
  });

  it('let the memory change live where the heap does not follow it', () => {
    const fixed = { java: { ...own.java, heap: 1 } };
    expect([classOf('/resources/memory', fixed), classOf('/resources/memory', fixed, own)]).toEqual([
      'live',
      'restart',
    ]);
    const whole = (spec: Spec, after: JsonObject) =>
      classifyJava('/resources', undefined, after, record('a', spec, null), spec).updateClass;
    expect(whole(own, { memory: 1 })).toBe('restart');
    expect(whole(own, { cpu: 1 })).toBe('live');
    expect(whole(fixed, { memory: 1 })).toBe('live');
  });

  it('know the same JVM by another name', () => {
    expect(classifyJava('/java/jvm', undefined, 'shared').updateClass).toBe('live');
    expect(classifyJava('/java/jvm', 'default', 'shared').updateClass).toBe('live');
    expect(classifyJava('/java/jvm', 'own', 'shared').updateClass).toBe('replace');
    expect(classifyJava('/java/jvm', 'own', undefined).updateClass).toBe('replace');
    expect(classifyJava('/java/jvm', 'x', 'y').updateClass).toBe('replace');
  });

  it('keep what nobody has to be told anew', () => {
    expect(keepsJava('address', ['/java/args'])).toBe(true);
    expect(keepsJava('ports.80', ['/java/args'])).toBe(true);
    expect(keepsJava('ports.80', ['/java/ports/0'])).toBe(false);
    expect(keepsJava('ports', ['/java'])).toBe(false);
    expect(keepsJava('pid', [])).toBe(false);
  });
});
