import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { jdks } from '../providers/java/fixtures.ts';
import { HOST, hostBuilt } from '../providers/jvm/ground.ts';
import { buildAgent, eventually } from './ground.ts';
import { keptProgram, lively, type TenantGround, tenantGround } from './tenants-ground.ts';

const [jdk] = hostBuilt ? jdks() : [];

describe.skipIf(jdk === undefined)('an agent that is killed at any of its writes', { timeout: 280_000 }, () => {
  if (jdk === undefined) return;
  let agent: Awaited<ReturnType<typeof buildAgent>>;
  let program: ReturnType<typeof keptProgram>;
  const grounds: TenantGround[] = [];
  beforeAll(async () => {
    agent = await buildAgent();
    program = keptProgram(jdk);
  });
  afterEach(async () => {
    for (const one of grounds.splice(0)) await one.clear();
  });
  afterAll(() => {
    rmSync(agent.dir, { recursive: true, force: true });
    program?.clear();
  });

  /** Does `work` with an agent that dies at the N-th place, for N = 1, 2, …, until there are no more. Gives the names of the places. */
  const atEach = async (
    prepare: (here: TenantGround) => Promise<void>,
    work: (here: TenantGround, crashing: Record<string, string>) => Promise<void>,
    check: (here: TenantGround, place: string) => Promise<void>,
  ): Promise<string[]> => {
    const places: string[] = [];
    for (let n = 1; n < 60; n++) {
      const here = tenantGround(agent.entry, jdk, program.classes);
      grounds.push(here);
      await here.up(lively(jdk));
      await prepare(here);
      // The agent that is to die gets its environment when it is started.
      await here.killAgent();
      const file = join(here.dir, 'crashed');
      Object.assign(here.env, { PJ_AGENT_CRASH_AT: `${n}:${file}` });
      await work(here, here.env);
      delete here.env['PJ_AGENT_CRASH_AT'];
      const place = existsSync(file) ? readFileSync(file, 'utf8') : '';
      await check(here, place);
      await here.clear();
      grounds.pop();
      if (place === '') return places;
      places.push(place);
    }
    throw new Error('it never came through');
  };
  const left = (here: TenantGround) => ({
    entries: here.entries(),
    volumes: existsSync(join(here.dir, '.pj/volumes')) ? readdirSync(join(here.dir, '.pj/volumes')) : [],
  });

  it('leaves nothing of what is destroyed', async () => {
    const spec = (here: TenantGround) =>
      here.spec('a', [], {
        volumes: [
          { name: 'tmp', path: 'tmp', type: 'ephemeral' },
          { name: 'data', path: 'data', type: 'persistent' },
        ],
      });
    const places = await atEach(
      async (here) => {
        await here.run(here.target('a', spec(here), { after: [HOST] }));
        expect(left(here).entries).toEqual(['a@1.tenant']);
      },
      (here) => here.apps().destroy(here.target('a', spec(here)), { destroyVolumes: true }, here.context),
      async (here, place) => {
        expect([place, left(here)]).toEqual([place, { entries: [], volumes: [] }]);
        expect([place, await here.appsIn()]).toEqual([place, []]);
        const [seen] = await here.apps().read([], here.context);
        expect(seen).toBeUndefined();
      },
    );
    expect(new Set(places)).toEqual(
      new Set([
        'registry:before-write',
        'registry:after-write',
        'tenant:before-volumes',
        'tenant:after-volumes',
        'registry:before-remove',
        'registry:after-remove',
      ]),
    );
  });

  it('makes nothing twice, and what it makes comes back', async () => {
    const places = await atEach(
      async () => undefined,
      async (here) => {
        await here.run(here.target('a', here.spec('a'), { after: [HOST] }));
      },
      async (here, place) => {
        expect([place, await here.started(1)]).toEqual([place, ['a']]);
        expect([place, here.entries()]).toEqual([place, ['a@1.tenant']]);
        // The next one is none that is to die.
        await here.killAgent();
        await here.revive();
        await here.killHost();
        expect([place, await here.started(1)]).toEqual([place, ['a']]);
      },
    );
    expect(places).toContain('registry:before-rename');
  });

  it('brings back all the same what it was about to', async () => {
    const places = await atEach(
      async (here) => {
        await here.run(here.target('a', here.spec('a'), { after: [HOST] }));
        await here.run(here.target('b', here.spec('b'), { after: [HOST, 'a'] }));
        await here.started(2);
      },
      async (here) => {
        await here.killHost();
        await here.revive();
        const done = async () => (await here.appsIn()).filter(({ phase }) => phase === 'running').length === 2;
        await eventually(
          'they are back, whichever agent does it',
          async () => {
            if (here.agentPid() === undefined) await here.revive();
            return done();
          },
          60_000,
        );
      },
      async (here, place) => {
        expect([place, await here.started(2)]).toEqual([place, ['a', 'b']]);
        expect(here.cgroups().length).toBeLessThanOrEqual(1);
      },
    );
    expect(new Set(places).has('revive:before-start') && new Set(places).has('revive:after-start')).toBe(true);
  });
});
