import { afterEach, describe, expect, it } from 'vitest';
import { type Opened, opened, sleeper } from './ground.ts';

let here: Opened | undefined;
afterEach(async () => {
  await here?.pj.cleanUp();
  here = undefined;
});

describe('a workload that gets the old id of a renamed one', () => {
  it('does not take its process: either both run, or it is refused with what to do', async () => {
    const o = opened({ 'a.yaml': sleeper('a') });
    here = o;
    await o.project.apply();
    const [first] = o.pj.processes();
    o.pj.write({ 'a.yaml': sleeper('b'), 'pj.yaml': 'moved: [{ from: a, to: b }]\n' });
    expect((await o.project.apply()).outcome).toBe('ok');
    o.pj.write({ 'new.yaml': sleeper('a'), 'pj.yaml': 'name: renamed\n' });
    const applied = await o.project.apply().catch((thrown: unknown) => thrown);
    // Whatever came of it, the one that runs runs on.
    expect(o.pj.processes().map(({ pid }) => pid)).toContain(first?.pid);
    if (applied instanceof Error)
      expect(applied).toMatchObject({ code: 'PJ4017', message: expect.stringContaining('a') });
    await o.project.restart(['b']);
    expect(['ok', 'none']).toContain((await o.project.apply()).outcome);
    const pids = (await o.project.status()).map(({ id, state, pid }) => [id, state, typeof pid]);
    expect(pids).toEqual([
      ['a', 'RUNNING', 'number'],
      ['b', 'RUNNING', 'number'],
    ]);
    expect(new Set((await o.project.status()).map(({ pid }) => pid)).size).toBe(2);
    expect((await o.project.plan()).steps).toEqual([]);
  });
});
