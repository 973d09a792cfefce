import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../engines/engines.ts';
import { runTool } from '../engines/guest/run-tool.ts';
import { hostsOf, jdks, listHost } from '../support/java-hosts.ts';
import { APPLY, JavaLab, type LabApp, type LabProject } from '../support/java-lab.ts';
import { until } from '../support/pj.ts';

needs('java')('changes of an application in a shared JVM while it runs', ({ java: have }) => {
  const lab = new JavaLab(have.home);
  let project: LabProject | undefined;
  beforeAll(() => lab.compile());
  afterAll(() => lab.clear());
  afterEach(async () => {
    await project?.scratch.cleanUp();
    project = undefined;
  });

  describe.each(jdks())('on Java $feature', ({ home }) => {
    const open = (): LabProject => {
      project = lab.open(home);
      return project;
    };

    it('another class path of a reloadable one: a new loader takes over, and the old one is collected', async () => {
      const at = open();
      const jar = at.path('lib.jar');
      await lab.library(jar, 'one');
      const app = (more: object = {}): LabApp => ({
        java: { args: ['version'], classpath: [lab.classes, 'lib.jar'], reloadable: true, ...more },
      });
      await at.apply({ app: app(), neighbour: {} });
      expect(await at.logWith('app', 'sees')).toContain('sees version one');
      const before = await at.starts('neighbour');
      const first = await at.app('app');
      expect(await loaders(at, home)).toBe(2);

      // The same path, another file: seen, and live. Many times over, nothing piles up.
      for (const name of ['two', 'three', 'four']) {
        await lab.library(jar, name);
        const plan = await at.scratch.ok(['plan', '--detailed-exitcode'], {}, 2);
        expect(plan.stdout).toMatch(/^Plan: 0 to add, 1 to change, 0 to destroy/m);
        await at.scratch.ok(APPLY);
        await at.logWith('app', `sees version ${name} of lib-${name}`);
        expect(await at.starts('neighbour')).toEqual(before);
        await until('the old loader to be collected', async () => (await loaders(at, home)) === 2);
      }
      // Another path.
      await lab.library(at.path('other.jar'), 'five');
      at.describe({ app: app({ classpath: [lab.classes, 'other.jar'] }) });
      await at.scratch.ok(APPLY);
      await at.logWith('app', 'sees version five');
      await until('the old loader to be collected', async () => (await loaders(at, home)) === 2);

      const last = await at.app('app');
      expect(last).toMatchObject({ phase: 'running', leaked: 0, restarts: 0, instance: first.instance });
      expect(last.threads).toBe(first.threads);
      expect((await listHost(at.scratch)).host.leaks).toEqual([]);
      expect(await at.starts('neighbour')).toEqual(before);
      expect((await at.scratch.ok(['plan', '--detailed-exitcode'])).stdout).toContain('No changes.');
      await at.end();
    });

    it('a reload whose new one does not start leaves the old one running', async () => {
      const at = open();
      const app = (java: object): LabApp => ({ java: { reloadable: true, ...java } });
      await at.apply({ app: app({ args: ['hook', 'app'] }), neighbour: {} });
      const before = await at.starts();
      at.describe({ app: app({ args: ['exit'] }) });
      const ran = await at.scratch.pj(APPLY);
      expect(ran.code).not.toBe(0);
      expect(ran.stdout + ran.stderr).toMatch(/ArrayIndexOutOfBounds/);
      const after = await at.starts();
      expect([after['host'], after['neighbour']]).toEqual([before['host'], before['neighbour']]);
      expect(await at.app('app')).toMatchObject({ phase: 'running' });
      expect(await at.log('app')).not.toContain('hook of app ran');
      await until('the failed loader to be collected', async () => (await loaders(at, home)) === 2);
      // And mended it is taken up.
      at.describe({ app: app({ args: ['hook', 'second'] }) });
      await at.scratch.ok(APPLY);
      expect(await at.logWith('app', 'hook of app ran')).toContain('hook of app ran');
      expect((await at.scratch.ok(['plan', '--detailed-exitcode'])).stdout).toContain('No changes.');
      await at.end();
    });

    it('the sizes of its pool: live, and nobody is started anew', async () => {
      const at = open();
      const app = (threadPool: object): LabApp => ({ java: { threadPool } });
      await at.apply({ app: app({ corePoolSize: 1, maxPoolSize: 2 }), neighbour: {} });
      const before = await at.starts();
      at.describe({ app: app({ corePoolSize: 3, maxPoolSize: 6, queueCapacity: 5 }) });
      const plan = await at.scratch.ok(['plan', '--detailed-exitcode'], {}, 2);
      expect(plan.stdout).toMatch(/threadPool/);
      expect(plan.stdout).not.toMatch(/restart/i);
      await at.scratch.ok(APPLY);
      expect(await at.starts()).toEqual(before);
      expect((await at.scratch.ok(['plan', '--detailed-exitcode'])).stdout).toContain('No changes.');
      await at.end();
    });

    it('a class path that is not reloadable: a restart of this one alone', async () => {
      const at = open();
      await lab.library(at.path('lib.jar'), 'one');
      await at.apply({
        app: { java: { args: ['version'], classpath: [lab.classes, 'lib.jar'] } },
        neighbour: {},
      });
      const before = await at.starts();
      await lab.library(at.path('lib.jar'), 'two');
      expect((await at.scratch.ok(['plan', '--detailed-exitcode'], {}, 2)).stdout).toMatch(/restart/i);
      await at.scratch.ok(APPLY);
      await at.logWith('app', 'sees version two');
      const after = await at.starts();
      expect(after['app']).not.toEqual(before['app']);
      expect([after['host'], after['neighbour']]).toEqual([before['host'], before['neighbour']]);
      await until('the old loader to be collected', async () => (await loaders(at, home)) === 2);
      await at.end();
    });
  });
});

/** How many loaders of applications live in the host, after a collection: asked of the JVM itself. */
async function loaders(at: LabProject, home: string): Promise<number> {
  const [host] = hostsOf(at.scratch);
  if (host === undefined) throw new Error('no host');
  const table = await runTool(`${home}/bin/jcmd`, [String(host.pid), 'GC.class_histogram'], '/', 60_000);
  return Number(/^\s*\d+:\s+(\d+)\s+\d+\s+io\.pj\.host\.load\.TenantLoader(?:\s|$)/m.exec(table)?.[1] ?? 0);
}
