import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/model/json.ts';
import type { Spec } from '../../../src/model/spec.ts';
import { DEFAULT_LIFECYCLE } from '../../../src/model/workload.ts';
import type { Finding } from '../../../src/providers/contract.ts';
import { checkOwn } from '../../../src/providers/java/own/check.ts';
import { compile, jdks } from './fixtures.ts';
import { app, type Program, program } from './ground.ts';

const all = jdks();
const [oldest] = all;
const newest = all.at(-1);
let made: Program;
let dir: string;

beforeAll(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'pj-check-')));
  if (oldest !== undefined) made = program(oldest);
});
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
  made?.clear();
});

function check(spec: Spec, env: Record<string, string> = {}): Finding[] {
  const workload = {
    id: 'a',
    kind: 'java' as const,
    provider: 'java',
    dependencies: [],
    desiredState: 'running' as const,
    lifecycle: DEFAULT_LIFECYCLE,
    spec,
  };
  const options = { dir, project: 'test', env: { PATH: process.env['PATH'] ?? '', ...env }, pjVersion: '0.0.0-test' };
  return checkOwn([workload], options).get('a') ?? [];
}
const errors = (spec: Spec, env?: Record<string, string>) =>
  check(spec, env).flatMap(({ severity, path, message }) =>
    severity === 'error' ? [`${path ?? ''}: ${message}`] : [],
  );
const warnings = (spec: Spec) =>
  check(spec).flatMap(({ severity, path, message }) => (severity === 'warning' ? [`${path ?? ''}: ${message}`] : []));

describe('the check of an application with a JVM of its own', () => {
  it('says which Java is missing', () => {
    const spec: Spec = { java: { jvm: 'own', mainClass: 'java.lang.Void', classpath: ['.'] } };
    expect(errors(spec, { PATH: '/nowhere' })[0]).toMatch(/^\/java: no Java that a can use: JAVA_HOME is not set/);
    const home = { java: { ...spec.java, home: 'jdk' } };
    expect(errors(home)).toEqual([`/java/home: no Java that a can use: its home is ${dir}/jdk, which is no folder`]);
  });

  describe.each(all)('with Java $feature', (jdk) => {
    const spec = (more: Spec = {}) => app(jdk, made, ['wait'], more);

    it('finds nothing wrong with a good one', () => {
      expect(errors(spec())).toEqual([]);
      const { mainClass: _, classpath: __, ...java } = spec().java ?? {};
      expect(errors({ java: { ...java, jar: made.jar } })).toEqual([]);
    });

    it('checks the version', () => {
      expect(errors(spec({ java: { version: `>=${jdk.feature}` } }))).toEqual([]);
      expect(errors(spec({ java: { version: '11' } }))).toEqual([
        `/java/version: it needs Java 11, and ${jdk.home} is ${jdk.version}`,
      ]);
      expect(errors(spec({ java: { version: 'lts' } }))).toEqual(['/java/version: "lts" is no version of Java']);
    });

    it('looks for every entry of the class path, and for the main class in it', () => {
      writeFileSync(join(dir, 'broken.jar'), 'no zip');
      const classpath = [made.classes, 'lib/none.jar', 'none/*', 'broken.jar'];
      expect(errors(spec({ java: { classpath } })).map((text) => text.slice(0, 60))).toEqual([
        `/java/classpath/1: ${dir}/lib/none.jar is not there`.slice(0, 60),
        `/java/classpath/2: the folder ${dir}/none of none/* is not there`.slice(0, 60),
        `/java/classpath/3: ${dir}/broken.jar is no jar`.slice(0, 60),
      ]);
      expect(errors(spec({ java: { mainClass: 'app.Mian' } }))).toEqual([
        '/java/mainClass: the class app.Mian is nowhere in its class path',
      ]);
      mkdirSync(join(dir, 'a:b'), { recursive: true });
      expect(errors(spec({ java: { classpath: [made.classes, 'a:b'] } }))).toEqual([
        `/java/classpath: ${dir}/a:b has a colon in its name`,
      ]);
      const { mainClass: _, classpath: __, ...java } = spec().java ?? {};
      expect(errors({ java: { ...java, jar: 'none.jar' } })).toEqual([`/java/jar: ${dir}/none.jar is not there`]);
    });

    it('holds the heap against the memory', () => {
      const resources = { memory: 256 << 20 };
      expect(errors(spec({ resources, java: { heap: 300 << 20 } }))).toEqual([
        '/java/heap: 256 MiB of memory do not hold a heap of 300 MiB and at least 64 MiB beside it',
      ]);
      expect(warnings(spec({ resources, java: { heap: 220 << 20 } }))).toContain(
        '/java/heap: 256 MiB of memory do not hold a heap of 220 MiB and at least 64 MiB beside it',
      );
      expect(errors(spec({ resources }))).toEqual([]);
      expect(warnings(spec({ resources: { maxThreads: 10 } }))[0]).toMatch(/about 20 threads of its own/);
    });

    it('refuses what it cannot hold, and names what to use instead', () => {
      const security: JsonObject = { allowNetworking: false, filePermissions: ['read /etc/app/-'] };
      const found = check(spec({ security }));
      if (jdk.feature < 24) expect(found).toEqual([]);
      else {
        expect(found.map(({ severity, path }) => [severity, path])).toEqual([
          ['error', '/security/allowNetworking'],
          ['error', '/security/filePermissions'],
        ]);
        expect(found[0]?.hint).toContain('privateNetwork');
        expect(found[1]?.hint).toContain('readOnlyRoot');
        const jvmArgs = ['-Djava.security.manager'];
        expect(errors(spec({ java: { jvmArgs } }))[0]).toMatch(/^\/java\/jvmArgs\/0: .*does not start/);
      }
      expect(errors(spec({ java: { daemon: true } }))[0]).toMatch(/^\/java\/daemon: /);
    });

    it('finds faults in permissions', ({ skip }) => {
      if (jdk.feature >= 24) skip('no policies');
      const filePermissions = ['read', 'raed /etc/app', 'read /etc/${x}'];
      const security: JsonObject = { filePermissions, socketPermissions: { 'db:5432': 'dial' } };
      expect(errors(spec({ security })).map((text) => text.split(':')[0])).toEqual([
        ...Array.from({ length: 3 }, () => '/security/filePermissions'),
        '/security/socketPermissions',
      ]);
    });

    it('checks what any process is checked for, under the names that it has here', () => {
      const security: JsonObject = { user: 'nobody-of-that-name', readOnlyRot: true };
      expect(
        errors(spec({ security }))
          .map((text) => text.split(':')[0])
          .sort(),
      ).toEqual(['/security/readOnlyRot', '/security/user']);
      const volumes: Spec['volumes'] = [{ name: 'v', path: '/abs', type: 'persistent' }];
      expect(errors(spec({ volumes }))[0]).toMatch(/^\/volumes\/0\/path/);
      const sized: Spec['volumes'] = [{ name: 'v', path: 'v', type: 'persistent', size: 1024 }];
      expect(warnings(spec({ volumes: sized }))).toEqual([
        '/volumes/0/size: nothing holds or watches the size of this volume: it may outgrow it',
      ]);
    });

    it('tells where secrets would be seen', () => {
      const leaf = { $template: { parts: [{ secret: 'x' }], sensitive: true } } as unknown as string;
      expect(warnings(spec({ java: { args: [leaf] } }))).toEqual([
        '/java/args: a sensitive value in it is on the command line, which every user of this host can read',
      ]);
      expect(errors(spec({ java: { mainClass: leaf } }))[0]).toMatch(/^\/java\/mainClass: a sensitive value would be/);
      expect(check(spec({ properties: { password: leaf }, env: { PASSWORD: leaf } }))).toEqual([]);
      const plain = { $template: { parts: [{ workload: 'db', attribute: 'port' }], sensitive: false } };
      expect(check(spec({ java: { args: [plain as unknown as string] } }))).toEqual([]);
    });
  });

  it('refuses classes that are too new for the Java', ({ skip }) => {
    if (oldest === undefined || newest === undefined || newest.feature <= oldest.feature) return skip('one JDK only');
    const out = join(dir, 'new');
    compile(
      newest,
      { 'app/New.java': 'package app; class New { public static void main(String[] a) {} }' },
      out,
      newest.feature,
    );
    const java = { jvm: 'own', home: oldest.home, mainClass: 'app.New', classpath: ['new'] };
    expect(errors({ java })).toEqual([
      `/java/mainClass: app.New was compiled for Java ${newest.feature}, and is to run on ${oldest.feature}`,
    ]);
    expect(errors({ java: { ...java, home: newest.home } })).toEqual([]);
  });
});
