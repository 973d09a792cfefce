import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../support/pj.ts';
import { environment, failure, type Opened, opened, sleeper } from './ground.ts';

let here: Opened | undefined;
afterEach(async () => {
  await here?.pj.cleanUp();
  here = undefined;
});

const SECRETIVE = {
  'pj.yaml': 'name: shop\nsecrets: { token: { env: TOKEN } }\n',
  'a.yaml': sleeper('a', 'env: { TOKEN: "${secret.token}" }\n'),
};

describe('destroy', () => {
  it('needs no secret, no whole descriptor, and no provider of what is only described', async () => {
    const o = opened(SECRETIVE);
    here = o;
    await o.again({ env: environment(o.pj, { TOKEN: 'a-long-token' }) }).apply();
    expect(o.pj.processes()).toHaveLength(1);
    o.pj.write({
      'broken.yaml': 'applicationId: [',
      'container.yaml': 'applicationId: c\ncontainer: { image: nginx }\n',
    });
    const planned = await o.project.plan({ destroy: true });
    expect(planned.summary.destroy).toBe(1);
    expect(planned.warnings).toContainEqual(expect.objectContaining({ code: 'PJ2038' }));
    expect((await o.project.destroy()).outcome).toBe('ok');
    expect(o.pj.processes()).toEqual([]);
    expect(await o.recorded()).toEqual([]);
  });

  it('waits for the agent, which has nothing left to do, to end', async () => {
    const o = opened({ 'a.yaml': sleeper('a') });
    here = o;
    await o.project.apply();
    expect(o.pj.agents()).toHaveLength(1);
    await o.project.destroy();
    // It gives its lock back, which is waited for, and is gone a moment later; idle it would stay for 30 s.
    await until('the end of the agent', () => o.pj.agents().length === 0, 25_000);
  });

  it('of what a descriptor still guards is refused with the hint that helps, and nothing is done', async () => {
    const o = opened({ 'a.yaml': sleeper('a', 'lifecycle: { preventDestroy: true }\n'), 'b.yaml': sleeper('b') });
    here = o;
    await o.project.apply();
    o.pj.write({ 'a.yaml': '# gone\n' });
    const refused = await failure(o.project.destroy());
    expect(refused).toMatchObject({ code: 'PJ2090', exitCode: 5 });
    expect(String((refused as { hint: string }).hint)).toContain('preventDestroy');
    expect(o.pj.processes()).toHaveLength(2);
    o.pj.write({ 'a.yaml': sleeper('a') });
    expect((await o.project.apply()).outcome).toBe('ok');
  });

  it('loses data only where that was said, when it was planned or now', async () => {
    const o = opened({ 'a.yaml': sleeper('a', 'volumes: [{ name: data, path: data, type: persistent }]\n') });
    here = o;
    await o.project.apply();
    const refused = await failure(o.project.destroy({ plan: { destroyVolumes: true } }));
    expect(refused).toMatchObject({ code: 'PJ2090', hint: expect.stringContaining('--allow-data-loss') });
    await o.project.savePlan(`${o.pj.dir}/no.plan`, { destroy: true, destroyVolumes: true });
    expect(await failure(o.project.apply({ planFile: `${o.pj.dir}/no.plan` }))).toMatchObject({ code: 'PJ2090' });
    await o.project.savePlan(`${o.pj.dir}/yes.plan`, { destroy: true, destroyVolumes: true, allowDataLoss: true });
    expect((await o.project.apply({ planFile: `${o.pj.dir}/yes.plan` })).outcome).toBe('ok');
  });

  it('honours all that it is asked, or says so', async () => {
    const o = opened({});
    here = o;
    expect(await failure(o.project.destroy({ planFile: 'p' }))).toMatchObject({ code: 'PJ6005' });
    expect(await failure(o.project.destroy({ plan: { refreshOnly: true } }))).toMatchObject({ code: 'PJ6005' });
    expect(await failure(o.project.plan({ destroy: true, replace: ['a'] }))).toMatchObject({ code: 'PJ6005' });
  });
});
