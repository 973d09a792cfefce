import { existsSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../engines/engines.ts';
import { jdks, listHost, runningApps } from '../support/java-hosts.ts';
import { JavaLab, type LabApp, type LabProject } from '../support/java-lab.ts';

/** Each key alone, and what an application may not do then. */
const DENIED = {
  allowNetworking: ['networking'],
  allowFileSystem: ['reading', 'writing'],
  allowReflection: ['reflection'],
} as const;
const ALL = Object.values(DENIED).flat();

needs('java')('security policies in a shared JVM', ({ java: have }) => {
  const lab = new JavaLab(have.home);
  let server: Server;
  let port = 0;
  let project: LabProject | undefined;
  beforeAll(async () => {
    await lab.compile();
    server = createServer((socket) => socket.end());
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const address = server.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
  });
  afterAll(() => {
    server?.close();
    lab.clear();
  });
  afterEach(async () => {
    await project?.scratch.cleanUp();
    project = undefined;
  });

  const open = (home: string): LabProject => {
    project = lab.open(home);
    writeFileSync(project.path('read.txt'), 'something');
    return project;
  };
  const tries = (at: LabProject, id: string, security?: object): LabApp => {
    const java = { mainClass: 'iso.Tries', args: [String(port), at.path(`${id}.txt`)] };
    writeFileSync(at.path(`${id}.txt`), 'something');
    return { java, ...(security === undefined ? {} : { security }) };
  };
  /** What each attempt came to. */
  const outcome = async (at: LabProject, id: string): Promise<Record<string, string>> => {
    const log = await at.logWith(id, 'tried');
    return Object.fromEntries([...log.matchAll(/(\w+): (may|refused|java\S+.*)/g)].map(([, what, how]) => [what, how]));
  };
  const may = (but: readonly string[]) =>
    Object.fromEntries(ALL.map((what) => [what, but.includes(what) ? 'refused' : 'may']));

  describe.each(jdks().filter(({ feature }) => feature < 24))('on Java $feature', ({ home }) => {
    it('each key takes away what it says from one application, and nothing from its neighbours', async () => {
      const at = open(home);
      const apps = Object.keys(DENIED).map((key) => [key, tries(at, key, { [key]: false })]);
      await at.apply({ neighbour: tries(at, 'neighbour'), ...Object.fromEntries(apps) });
      expect((await listHost(at.scratch)).host.policies).toBe(true);
      for (const [key, denied] of Object.entries(DENIED))
        expect([key, await outcome(at, key)]).toEqual([key, may(denied)]);
      expect(await outcome(at, 'neighbour')).toEqual(may([]));
      expect(existsSync(at.path('neighbour.txt.new'))).toBe(true);
      expect(existsSync(at.path('allowFileSystem.txt.new'))).toBe(false);
      // One that comes later is held, and one that was without a policy is not.
      await at.apply({ late: tries(at, 'late', Object.fromEntries(Object.keys(DENIED).map((key) => [key, false]))) });
      expect(await outcome(at, 'late')).toEqual(may(ALL));
      expect((await at.scratch.ok(['plan', '--detailed-exitcode'])).stdout).toContain('No changes.');
      await at.end();
    });

    it('permissions give back a part of what was taken', async () => {
      const at = open(home);
      const security = {
        allowNetworking: false,
        allowFileSystem: false,
        socketPermissions: [`connect,resolve 127.0.0.1:${port}`],
        filePermissions: [`read ${at.path('app.txt')}`],
      };
      await at.apply({ app: tries(at, 'app', security) });
      expect(await outcome(at, 'app')).toEqual(may(['writing']));
      await at.end();
    });

    it('an application under a policy still exits, prints and runs its hooks', async () => {
      const at = open(home);
      const all = Object.fromEntries(Object.keys(DENIED).map((key) => [key, false]));
      await at.apply({
        app: { java: { args: ['hook', 'app'] }, security: all },
        speaker: { java: { args: ['speak', 'speaker'] }, security: all },
      });
      expect(await at.logWith('speaker', 'is done')).toContain('speaker says from a thread');
      await at.scratch.ok(['stop', 'app']);
      expect(await at.log('app')).toContain('hook of app ran');
      expect(await runningApps(at.scratch)).toEqual(['speaker@1']);
      await at.end();
    });
  });

  it.each(jdks().filter(({ feature }) => feature >= 24))(
    'are refused at plan on Java $feature, and nothing is started',
    async ({ home }) => {
      const at = open(home);
      for (const key of Object.keys(DENIED)) at.describe({ [key]: tries(at, key, { [key]: false }) });
      at.describe({ neighbour: tries(at, 'neighbour') });
      for (const command of [['plan'], ['apply', '--auto-approve']]) {
        const ran = await at.scratch.ok(command, {}, 1);
        for (const key of Object.keys(DENIED))
          expect(ran.stdout + ran.stderr).toMatch(new RegExp(`${key}: /security/${key}`));
        expect(ran.stdout + ran.stderr).toContain('java.jvm: own');
        expect(ran.stdout + ran.stderr).not.toContain('neighbour: ');
      }
      expect(at.scratch.processes()).toEqual([]);
    },
  );
});
