import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Spec } from '../../../src/model/spec.ts';
import type { Finding } from '../../../src/providers/contract.ts';
import { classifyJvm } from '../../../src/providers/jvm/classify.ts';
import { type Build, hostHeap, nativeSpecOf } from '../../../src/providers/jvm/native-spec.ts';
import { jdks } from '../java/fixtures.ts';
import { type HostGround, hostBuilt, hostGround, MIB, workload } from './ground.ts';

const all = jdks();
const jdk = all[0] ?? { home: '/nowhere', command: '/nowhere/java', feature: 17, version: '17', vendor: '' };

describe.skipIf(all.length === 0)('what is told of a host JVM at plan', () => {
  let here: HostGround;
  beforeEach(() => {
    here = hostGround('/nowhere/agent.cjs', jdk);
  });
  afterEach(() => here.clear());
  const check = async (spec: Spec): Promise<Finding[]> => {
    const found = await here.hosts().check([workload('jvm.default', 'jvm', spec)], here.context);
    return (found.get('jvm.default') ?? []).filter(({ message }) => hostBuilt || !message.includes('jvm-host.jar'));
  };
  const faults = async (spec: Spec): Promise<[string | undefined, string, string][]> =>
    (await check(spec)).map(({ severity, path, message }) => [path, severity, message]);

  it('is nothing for a plain one', async () => {
    expect(
      await faults({ jvm: { home: jdk.home, heap: 64 * MIB, args: ['-XX:+UseSerialGC', '-Dx=y'], version: '>=17' } }),
    ).toEqual([]);
    expect(await faults({ jvm: {} })).toEqual([]);
  });

  it('is that its Java is not there, or not the one that is asked for', async () => {
    expect(await faults({ jvm: { home: '/nowhere' } })).toEqual([
      ['/jvm/home', 'error', expect.stringMatching(/no Java that jvm.default can use: its home is \/nowhere/)],
    ]);
    expect(await faults({ jvm: { home: jdk.home, version: '8' } })).toEqual([
      ['/jvm/version', 'error', expect.stringContaining(`it needs Java 8, and ${jdk.home} is ${jdk.version}`)],
    ]);
    expect(await faults({ jvm: { version: 'newest' } })).toEqual([
      ['/jvm/version', 'error', '"newest" is no version of Java'],
    ]);
  });

  it('is every flag that would have it run something else', async () => {
    const args = ['-jar', 'app.jar', '-cp', 'x', '@file', '-Djava.security.manager', '-XX:+UseSerialGC', '--version'];
    const told = await faults({ jvm: { home: jdk.home, args } });
    expect(told.map(([path]) => path)).toEqual([0, 1, 2, 3, 4, 5, 7].map((index) => `/jvm/args/${index}`));
    const newest = all.at(-1);
    if (newest === undefined || newest.feature < 24) return;
    expect(await faults({ jvm: { home: newest.home, args: ['-Djava.security.manager=allow'] } })).toEqual([
      ['/jvm/args/0', 'error', `Java ${newest.feature} does not start with a security manager`],
    ]);
  });

  it('is a heap that its memory does not hold, libraries that are not there, a secret on its command line', async () => {
    expect(await faults({ resources: { memory: 100 * MIB }, jvm: { home: jdk.home, heap: 200 * MIB } })).toEqual([
      ['/jvm/heap', 'error', '100 MiB of memory do not hold a heap of 200 MiB and at least 64 MiB beside it'],
    ]);
    writeFileSync(join(here.dir, 'broken.jar'), 'x');
    expect(
      (await faults({ jvm: { home: jdk.home, classpath: ['lib/*', 'broken.jar'] } })).map(([path]) => path),
    ).toEqual(['/jvm/classpath/0', '/jvm/classpath/1']);
    rmSync(join(here.dir, 'broken.jar'));
    const secret = { $template: { parts: [{ secret: 'key' }], sensitive: true } } as unknown as string;
    expect(
      (await faults({ properties: { key: secret, open: 'x' }, jvm: { home: jdk.home } })).map(([path]) => path),
    ).toEqual(['/properties/key']);
  });

  it('is what holds for every process: limits, volumes, names of variables', async () => {
    const spec: Spec = {
      env: { 'a=b': 'c' },
      volumes: [{ path: '/data', type: 'tmpfs' }],
      jvm: { home: jdk.home },
    };
    expect((await faults(spec)).map(([path]) => path)).toEqual(['/volumes/0/type', '/volumes/0/path', '/env/a=b']);
  });
});

describe('the process of a host', () => {
  const build: Build = {
    command: '/jdk/bin/java',
    feature: 17,
    program: { host: '/pj/jvm-host.jar', api: '/pj/pj-api.jar' },
    socket: '/run/host',
    lineage: 'l',
    pjVersion: '1.2.3',
    libraries: ['/lib/a.jar', '/lib/b.jar'],
  };
  const spec: Spec = {
    env: { A: 'b' },
    properties: { p: 'q' },
    resources: { memory: 400 * MIB },
    jvm: { args: ['-XX:+UseSerialGC'] },
  };

  it('has its flags in the order in which they hold, and tells what it is', () => {
    const native = nativeSpecOf(build, spec);
    expect(native).toMatchObject({
      env: { A: 'b', PJ_JVM_SOCKET: '/run/host' },
      resources: { memory: 400 * MIB },
      jvm: spec.jvm,
      native: { command: '/jdk/bin/java', type: 'service' },
    });
    const args = (native.native?.args ?? []).filter((arg) => !arg.startsWith('--add-opens'));
    expect(args).toEqual([
      ...[
        `-Xmx${300 * MIB}`,
        '-XX:+ExitOnOutOfMemoryError',
        '-Djava.security.manager=allow',
        '-Dp=q',
        '-XX:+UseSerialGC',
      ],
      ...['-cp', '/pj/jvm-host.jar:/pj/pj-api.jar', 'io.pj.host.Main', '--socket', '/run/host', '--lineage', 'l'],
      ...['--version', '1.2.3', '--shared-classpath', '/lib/a.jar:/lib/b.jar'],
    ]);
  });

  it('has no security manager from 24 on, and its own heap where its flags say one', () => {
    expect(nativeSpecOf({ ...build, feature: 24 }, spec).native?.args).not.toContain('-Djava.security.manager=allow');
    const own: Spec = { ...spec, jvm: { args: ['-Xmx1g'] } };
    expect(hostHeap(own)).toBeUndefined();
    expect((nativeSpecOf(build, own).native?.args ?? []).filter((arg) => arg.startsWith('-Xmx'))).toEqual(['-Xmx1g']);
  });

  it('is restarted for a limit of memory only where its heap follows that', () => {
    const of = (path: string, wanted: Spec) => classifyJvm(path, undefined, undefined, undefined, wanted).updateClass;
    expect(of('/resources/memory', { jvm: {} })).toBe('restart');
    expect(of('/resources/memory', { jvm: { heap: MIB } })).toBe('live');
    expect(of('/resources/cpu', { jvm: {} })).toBe('live');
    expect(of('/jvm/classpath/0', { jvm: {} })).toBe('restart');
    expect(of('/somethingNew', { jvm: {} })).toBe('restart');
  });
});
