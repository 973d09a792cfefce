import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JavaSpec } from '../../../src/model/java-spec.ts';
import type { Spec } from '../../../src/model/spec.ts';
import type { Finding } from '../../../src/providers/contract.ts';
import { classifyJava } from '../../../src/providers/java/classify.ts';
import { HOST, type HostGround, hostGround, MIB, workload } from '../jvm/ground.ts';
import { jdks } from './fixtures.ts';

const all = jdks();
const old = all.find(({ feature }) => feature < 24);
const young = all.find(({ feature }) => feature >= 24);
const jdk = all[0] ?? { home: '/nowhere', command: '/nowhere/java', feature: 17, version: '17', vendor: '' };

/** A class of nothing, compiled for a Java. */
const classFor = (feature: number): Buffer => Buffer.from([0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 44 + feature, 0, 0]);

describe.skipIf(all.length === 0)('what is told of an application in a shared JVM at plan', () => {
  let here: HostGround;
  beforeEach(() => {
    here = hostGround('/nowhere/agent.cjs', jdk);
    mkdirSync(join(here.dir, 'classes/app'), { recursive: true });
    writeFileSync(join(here.dir, 'classes/app/Main.class'), classFor(17));
    writeFileSync(join(here.dir, 'classes/app/Future.class'), classFor(99));
  });
  afterEach(() => here.clear());
  const check = async (spec: Spec, java: JavaSpec = {}, home = jdk.home): Promise<Finding[]> => {
    const whole: Spec = { ...spec, java: { mainClass: 'app.Main', classpath: ['classes'], host: HOST, ...java } };
    const app = workload('web', 'java', whole);
    const host = workload(HOST, 'jvm', { jvm: { home } });
    return (await here.apps().check([app], here.context, null, [app, host])).get('web') ?? [];
  };
  const paths = async (...of: Parameters<typeof check>) =>
    (await check(...of)).map(({ path, severity }) => [path, severity]);

  it('is nothing for one that asks for what can be held', async () => {
    const told = await check(
      {
        properties: { a: 'b' },
        volumes: [{ path: 'data', type: 'persistent', size: MIB }],
        restart: { policy: 'always' },
      },
      { threadPool: { corePoolSize: 2 }, enableMessaging: true, reloadable: true, daemon: true, version: '>=17' },
    );
    expect(told).toEqual([]);
  });

  it('is an error for everything that a JVM has once, each with the answer', async () => {
    const told = await check(
      {
        env: { A: 'b' },
        resources: { memory: MIB, maxProcesses: 3, disk: MIB },
        security: {
          user: 'nobody',
          group: 'nogroup',
          noNewPrivileges: true,
          capabilities: [],
          readOnlyRoot: true,
          writablePaths: ['/x'],
          privateNetwork: true,
          privateTmp: true,
          untrusted: true,
        },
        volumes: [{ path: 'tmp', type: 'tmpfs' }],
      },
      { home: '/opt/jdk', jvmArgs: ['-Xss1m'], heap: MIB },
    );
    const errors = told.filter(({ severity }) => severity === 'error');
    expect(errors.map(({ path }) => path).sort()).toEqual(
      [
        ...['/env', '/java/heap', '/java/home', '/java/jvmArgs', '/resources/maxProcesses', '/resources/memory'],
        ...['user', 'group', 'noNewPrivileges', 'capabilities', 'readOnlyRoot', 'writablePaths', 'privateNetwork'].map(
          (key) => `/security/${key}`,
        ),
        ...['/security/privateTmp', '/security/untrusted', '/volumes/0/type'],
      ].sort(),
    );
    for (const { path, hint } of errors)
      expect([path, hint]).toEqual([path, expect.stringMatching(/java\.jvm: own|ephemeral/)]);
    expect(told.filter(({ severity }) => severity === 'warning').map(({ path }) => path)).toEqual(['/resources/disk']);
  });

  it('is that no thread can be killed, and nobody’s memory be told apart', async () => {
    const enforcement = {
      cpu: { action: 'KILL' as const },
      threads: { action: 'SHUTDOWN' as const },
      memory: { action: 'THROTTLE' as const },
    };
    // Of memory: that there is no quota (it could not be held either), and that it cannot be throttled.
    expect(await paths({ resources: { cpu: 0.5, maxThreads: 20, enforcement } })).toEqual([
      ['/resources/enforcement/cpu', 'error'],
      ['/resources/enforcement/memory', 'error'],
      ['/resources/enforcement/memory', 'error'],
    ]);
    const allowed = { cpu: { action: 'THROTTLE' as const }, threads: { action: 'SHUTDOWN' as const } };
    const told = await paths({ resources: { cpu: 0.5, maxThreads: 20, enforcement: allowed } });
    expect(told.filter(([, severity]) => severity === 'error')).toEqual([]);
  });

  it('is the Java of its host, as that is described', async () => {
    expect(await paths({}, { version: '8' })).toEqual([['/java/version', 'error']]);
    expect(await paths({}, { version: String(jdk.feature) })).toEqual([]);
    expect(await paths({}, { mainClass: 'app.Future' })).toEqual([['/java/mainClass', 'error']]);
    if (young !== undefined)
      expect(await paths({}, { version: '17' }, young.home)).toEqual([['/java/version', 'error']]);
  });

  it('is what is missing of its class path', async () => {
    expect(await paths({}, { classpath: ['classes', 'gone.jar'] })).toEqual([['/java/classpath/1', 'error']]);
    expect(await paths({}, { mainClass: 'app.Nowhere' })).toEqual([['/java/mainClass', 'error']]);
  });

  if (young !== undefined)
    it('is every policy where its host has no security manager any more', async () => {
      const told = await check(
        { security: { allowNetworking: false, filePermissions: ['read /etc/-'], allowReflection: true } },
        {},
        young?.home,
      );
      expect(told.map(({ path, severity }) => [path, severity])).toEqual([
        ['/security/allowNetworking', 'error'],
        ['/security/filePermissions', 'error'],
      ]);
      for (const { message, hint } of told) {
        expect(message).toMatch(/no security manager any more/);
        expect(hint).toMatch(/java\.jvm: own.*privateNetwork/);
      }
    });

  if (old !== undefined)
    it('is only a policy that makes no sense where there is one', async () => {
      expect(await paths({ security: { allowNetworking: false, allowFileSystem: false } }, {}, old?.home)).toEqual([]);
      expect(await paths({ security: { filePermissions: ['jump /etc'] } }, {}, old?.home)).toEqual([
        ['/security/filePermissions', 'error'],
      ]);
    });

  it('leaves alone what is not known yet', async () => {
    const leaf = { $template: { parts: [{ workload: 'db', attribute: 'x' }], sensitive: false } } as unknown as string;
    expect(await check({ properties: { a: leaf } }, { classpath: [leaf], mainClass: leaf })).toEqual([]);
  });
});

describe('a change of an application in a shared JVM', () => {
  const spec = (java: JavaSpec): Spec => ({ java: { mainClass: 'a.Main', ...java } });
  const of = (path: string, before: Spec, after: Spec) =>
    classifyJava(path, undefined, undefined, { spec: before, handle: { runtime: 'shared' } } as never, after)
      .updateClass;

  it('of its code is live only where it says so before and after', () => {
    for (const path of ['/java/classpath/0', '/java/jar', '/java/mainClass', '/java/args', '/properties/x']) {
      expect([path, of(path, spec({ reloadable: true }), spec({ reloadable: true }))]).toEqual([path, 'live']);
      expect([path, of(path, spec({}), spec({ reloadable: true }))]).toEqual([path, 'restart']);
      expect([path, of(path, spec({ reloadable: true }), spec({}))]).toEqual([path, 'restart']);
    }
  });

  it('of what its host holds is live; to another JVM it is made anew', () => {
    for (const path of ['/resources/cpu', '/resources/maxThreads', '/java/threadPool/maxPoolSize', '/restart', '/stop'])
      expect([path, of(path, spec({}), spec({}))]).toEqual([path, 'live']);
    expect(of('/java/host', spec({ host: 'a' }), spec({ host: 'b' }))).toBe('replace');
    expect(of('/security/allowNetworking', spec({}), spec({}))).toBe('restart');
  });
});
