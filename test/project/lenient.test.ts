import { afterEach, describe, expect, it } from 'vitest';
import { environment, type Opened, opened, sleeper, storeOf } from './ground.ts';

let here: Opened | undefined;
afterEach(async () => {
  await here?.pj.cleanUp();
  here = undefined;
});

describe('what goes by the state alone', () => {
  it('is not kept from it by broken descriptors or secrets that are not set', async () => {
    const o = opened({
      'pj.yaml': 'secrets: { token: { env: TOKEN } }\n',
      'a.yaml': sleeper('a', 'env: { TOKEN: "${secret.token}" }\n'),
      'b.yaml': sleeper('b', 'dependencies: [a]\n'),
    });
    here = o;
    await o.again({ env: environment(o.pj, { TOKEN: 'a-long-token' }) }).apply();
    o.pj.write({ 'a.yaml': 'applicationId: [', 'c.yaml': 'applicationId: c\njava: { jar: c.jar }\n' });
    expect(await o.project.drift()).toEqual([]);
    expect((await o.project.status()).map(({ id, state }) => [id, state])).toEqual([
      ['a', 'RUNNING'],
      ['b', 'RUNNING'],
    ]);
    expect((await o.project.stop(['b'])).outcome).toBe('ok');
    expect((await o.project.drift()).map(({ id }) => id)).toEqual([]);
    expect(o.pj.processes().map(({ id }) => id)).toEqual(['a']);
  });

  it('a workload that is excluded is not looked into', async () => {
    const o = opened({ 'a.yaml': sleeper('a'), 'c.yaml': 'applicationId: c\njava: { jar: c.jar, jvm: own }\n' });
    here = o;
    await expect(o.project.plan()).rejects.toMatchObject({ code: 'PJ5000' });
    expect((await o.project.plan({ excludes: ['c'] })).summary.add).toBe(1);
  });
});

describe('while another run is at work', () => {
  it('a plan says so, and asks no engine where it was told not to', async () => {
    const o = opened({ 'db.yaml': 'applicationId: db\nexternal: { address: 192.0.2.1 }\n' });
    here = o;
    await o.project.apply();
    const session = await storeOf(o.pj).open({
      operation: 'apply',
      lockTimeout: 0,
      emit: () => undefined,
      signal: new AbortController().signal,
    });
    try {
      const before = session.snapshot.workloads['db'] ?? null;
      const cause = { type: 'configured' } as const;
      const step = { id: 'stop db', workload: 'db', action: 'stop', generation: 1, dependsOn: [], cause } as const;
      await session.intent({ step: { ...step, dependsOn: [] }, before, after: before });
      o.events.length = 0;
      await o.project.plan({ refresh: false });
      expect(o.events).toContainEqual(expect.objectContaining({ type: 'diagnostic', code: 'PJ6098' }));
      expect(o.events.filter(({ type }) => type === 'refresh_start')).toEqual([]);
      await o.project.plan();
      expect(o.events.filter(({ type }) => type === 'refresh_start')).toHaveLength(1);
    } finally {
      await session.close();
    }
  });
});
