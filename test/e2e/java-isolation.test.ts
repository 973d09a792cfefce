import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../engines/engines.ts';
import { jdks, listHost, runningApps } from '../support/java-hosts.ts';
import { APPLY, JavaLab, type LabApp, type LabProject } from '../support/java-lab.ts';
import { until } from '../support/pj.ts';

needs('java')('isolation in a shared JVM', ({ java: have }) => {
  const lab = new JavaLab(have.home);
  let project: LabProject | undefined;
  beforeAll(() => lab.compile());
  afterAll(() => lab.clear());
  afterEach(async () => {
    await project?.scratch.cleanUp();
    project = undefined;
  });

  describe.each(jdks())('on Java $feature', ({ home, feature }) => {
    const open = (): LabProject => {
      project = lab.open(home);
      return project;
    };

    it('System.exit and halt end the application that asks, with its code; the host and the others live', async () => {
      const at = open();
      const ways = ['main', 'thread', 'reference', 'library', 'halt'];
      const go = (way: string) => at.path(`go-${way}`);
      const apps = ways.map((way, i): [string, LabApp] => [
        way,
        { java: { args: ['exit', way, String(10 + i), go(way)] } },
      ]);
      // Asked for by the restart policy: another start after a code that is not 0, none after 0.
      const policy = { restart: { policy: 'on-failure', delay: '100ms' } };
      const again = { ...policy, java: { args: ['exit', 'thread', '3', go('again')] } };
      const clean = { ...policy, java: { args: ['exit', 'main', '0', go('clean')] } };
      await at.apply({ ...Object.fromEntries(apps), again, clean, neighbour: {} });
      expect((await listHost(at.scratch)).host.java.feature).toBe(feature);
      const before = await at.starts('neighbour');
      for (const way of [...ways, 'again', 'clean']) writeFileSync(go(way), '');

      for (const [i, way] of ways.entries()) {
        const ended = await until(`${way} to end`, async () => {
          const app = await at.app(way);
          return app.phase === 'failed' ? app : undefined;
        });
        expect([way, ended.lastExit]).toMatchObject([way, { code: 10 + i, error: null }]);
        expect([way, ended.threads, ended.restarts]).toEqual([way, 0, 0]);
      }
      const restarted = await until('another start', async () => {
        const app = await at.app('again');
        return app.phase === 'running' && app.restarts === 1 ? app : undefined;
      });
      expect(restarted.lastExit).toMatchObject({ code: 3 });
      expect(await at.app('clean')).toMatchObject({ restarts: 0, lastExit: { code: 0 } });
      expect(await at.starts('neighbour')).toEqual(before);
      expect(await runningApps(at.scratch)).toEqual(['again@1', 'neighbour@1']);

      const status = (await at.scratch.pj(['status'])).stdout;
      for (const [i, way] of ways.entries()) expect(status).toMatch(new RegExp(`${way}\\b.*\\b${10 + i}\\b`));
      for (const way of ways) expect(await at.log(way)).not.toMatch(/it came back|Exception/);
      // And apply brings back what it is to have.
      await at.scratch.ok(APPLY);
      expect(await runningApps(at.scratch)).toEqual(expect.arrayContaining(ways.map((way) => `${way}@1`)));
      expect(await at.starts('neighbour')).toEqual(before);
      await at.end();
    });

    it('shutdown hooks of an application run when it is stopped, and only its own', async () => {
      const at = open();
      await at.apply({ one: { java: { args: ['hook', 'one'] } }, two: { java: { args: ['hook', 'two'] } } });
      await at.scratch.ok(['stop', 'one']);
      expect(await at.log('one')).toContain('hook of one ran');
      expect(await at.log('two')).not.toContain('hook');
      expect(await runningApps(at.scratch)).toEqual(['two@1']);
      await at.end();
    });

    it('each writes to its own log, by whichever way', async () => {
      const at = open();
      const names = ['ann', 'bob'];
      await at.apply(Object.fromEntries(names.map((name) => [name, { java: { args: ['speak', name] } }])));
      for (const name of names) {
        const log = await at.logWith(name, `${name} is done`);
        for (const where of [
          'to out',
          'to err',
          'to java.util.logging',
          'to System.Logger',
          'from a thread',
          'it again',
        ])
          expect(log).toContain(`${name} says ${where}`);
        for (const other of names) if (other !== name) expect(log).not.toContain(other);
      }
      expect(await at.log('jvm.default')).not.toMatch(/ann|bob/);
      await at.end();
    });

    it('each has system properties of its own', async () => {
      const at = open();
      const app = (who: string, more: object): LabApp => ({
        java: { args: ['properties', at.path(`go-${who}`)] },
        properties: { who, ...more },
      });
      await at.apply({ ann: app('ann', { number: '7', flag: 'true' }), bob: app('bob', { other: 'of bob' }) });
      for (const who of ['ann', 'bob']) await at.logWith(who, 'set');
      for (const who of ['ann', 'bob']) writeFileSync(at.path(`go-${who}`), '');
      const ann = await at.logWith('ann', 'class path ');
      const bob = await at.logWith('bob', 'class path ');
      expect(ann).toContain('who ann, mine ann');
      expect(ann).toContain('number 7, flag true, other null');
      expect(bob).toContain('who bob, mine bob');
      expect(bob).toContain('number null, flag false, other of bob');
      for (const log of [ann, bob]) expect(log).toContain(`class path ${lab.classes}:${lab.quit}`);
      await at.end();
    });

    it('two versions of one library side by side: each sees its own', async () => {
      const at = open();
      const [one, two] = [at.path('one.jar'), at.path('two.jar')];
      await lab.library(one, 'one');
      await lab.library(two, 'two');
      const app = (jar: string): LabApp => ({ java: { args: ['version'], classpath: [lab.classes, jar] } });
      await at.apply({ ann: app(one), bob: app(two) });
      expect(await at.logWith('ann', 'sees version')).toContain('sees version one of lib-one');
      expect(await at.logWith('bob', 'sees version')).toContain('sees version two of lib-two');
      await at.end();
    });

    it('two versions of a library of others: HSQLDB, by its own driver', async () => {
      const at = open();
      const app = (path: string): LabApp => ({
        java: { mainClass: 'iso.Hsqldb', classpath: [lab.classes, ...path.split(':')], args: [] },
      });
      await at.apply({ old: app(have.hsqldb1), recent: app(have.hsqldb2) });
      expect(await at.logWith('old', 'sees')).toMatch(/sees HSQL Database Engine 1\.8\./);
      expect(await at.logWith('recent', 'sees')).toMatch(/sees HSQL Database Engine 2\./);
      await at.end();
    });

    it('what main throws is told by status, also when its own handler fails', async () => {
      const at = open();
      const app = (how: string): LabApp => ({ java: { args: ['throw', how, at.path(`go-${how}`)] } });
      await at.apply({ plain: app('plain'), handler: app('handler'), neighbour: {} });
      const before = await at.starts('neighbour');
      for (const how of ['plain', 'handler']) writeFileSync(at.path(`go-${how}`), '');
      for (const id of ['plain', 'handler']) {
        await until(`${id} to end`, async () => (await at.app(id)).phase === 'failed');
        expect((await at.app(id)).lastExit).toMatchObject({ code: 1 });
      }
      const status = (await at.scratch.pj(['status'])).stdout;
      expect(status).toMatch(/plain\b.*java\.lang\.IllegalStateException: no luck today/);
      expect(status).toMatch(/handler\b.*java\.lang\.IllegalStateException: no luck today/);
      expect(await at.log('plain')).toContain(
        'Exception in thread "main" java.lang.IllegalStateException: no luck today',
      );
      expect(await at.log('handler')).toContain('handled no luck today');
      expect(await at.starts('neighbour')).toEqual(before);
      expect((await listHost(at.scratch)).host.leaks).toEqual([]);
      await at.end();
    });
  });
});
