import { afterEach, describe, expect, it } from 'vitest';
import { environment, failure, type Opened, opened, sleeper } from './ground.ts';

const open: Opened[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.pj.cleanUp();
});
const project = (files: Record<string, string>): Opened => {
  const o = opened(files);
  open.push(o);
  return o;
};
const EXTERNAL = { 'pj.yaml': 'name: shop\n', 'db.yaml': 'applicationId: db\nexternal: { address: 192.0.2.1 }\n' };

describe('a saved plan', () => {
  it('is applied once', async () => {
    const o = project(EXTERNAL);
    const planFile = `${o.pj.dir}/p`;
    await o.project.savePlan(planFile);
    expect((await o.project.apply({ planFile })).outcome).toBe('ok');
    const again = await failure(o.project.apply({ planFile }));
    expect(again).toMatchObject({ code: 'PJ2091', exitCode: 7 });
    expect(String(again)).toContain('lineage');
  });

  it('is refused in a project of another name, though neither has a state', async () => {
    const [one, other] = [project(EXTERNAL), project({ ...EXTERNAL, 'pj.yaml': 'name: other\n' })];
    await one.project.savePlan(`${one.pj.dir}/p`);
    const refused = await failure(other.project.apply({ planFile: `${one.pj.dir}/p` }));
    expect(refused).toMatchObject({ code: 'PJ2091', exitCode: 7, message: expect.stringContaining('shop') });
    expect(await other.recorded()).toEqual([]);
  });

  it('is applied from another checkout of the same project', async () => {
    const [one, other] = [project(EXTERNAL), project(EXTERNAL)];
    await one.project.savePlan(`${one.pj.dir}/p`);
    expect((await other.project.apply({ planFile: `${one.pj.dir}/p` })).outcome).toBe('ok');
  });

  it('cannot be asked for more than it is', async () => {
    const o = project(EXTERNAL);
    const planFile = `${o.pj.dir}/p`;
    await o.project.savePlan(planFile);
    const refused = await failure(o.project.apply({ planFile, plan: { targets: ['db'], destroy: false } }));
    expect(refused).toMatchObject({ code: 'PJ6006', message: expect.stringContaining('targets') });
    expect(await o.recorded()).toEqual([]);
  });

  it('is stale when what it would change, or a sensitive value, is no longer as it was', async () => {
    const o = project({
      'pj.yaml': 'secrets: { s: { env: SECRET } }\n',
      'a.yaml': sleeper('a', 'env: { S: "${secret.s}" }\n'),
    });
    const withSecret = (value: string) => o.again({ env: environment(o.pj, { SECRET: value }) });
    await withSecret('first-secret').apply();
    const planFile = `${o.pj.dir}/p`;
    await withSecret('second-secret').savePlan(planFile);
    const differs = await failure(withSecret('third-secret').apply({ planFile }));
    expect(differs).toMatchObject({ code: 'PJ2091', message: expect.stringContaining('secret.s') });
    expect(JSON.stringify(differs)).not.toContain('third-secret');
    for (const { pid } of o.pj.processes()) process.kill(pid, 'SIGSTOP');
    const [{ pid } = { pid: 0 }] = o.pj.processes();
    process.kill(pid, 'SIGCONT');
    process.kill(pid, 'SIGKILL');
    const looks = await failure(withSecret('second-secret').apply({ planFile }));
    expect(looks).toMatchObject({
      code: 'PJ2091',
      message: expect.stringContaining('a: it no longer looks as it did'),
    });
  });

  it('of a project without a state leaves nothing that version control would take in', async () => {
    const o = project(EXTERNAL);
    await o.project.savePlan(`${o.pj.dir}/p`);
    expect(o.pj.read('.pj/.gitignore')).toBe('*\n');
  });
});
