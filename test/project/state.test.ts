import { afterEach, describe, expect, it } from 'vitest';
import { failure, type Opened, opened, storeOf } from './ground.ts';

let here: Opened | undefined;
afterEach(async () => {
  await here?.pj.cleanUp();
  here = undefined;
});

const EXTERNALS = {
  'all.yaml':
    'applicationId: a\nexternal: { address: 192.0.2.1 }\n---\napplicationId: b\nexternal: { address: 192.0.2.2 }\n',
};

describe('mending the state by hand', () => {
  it('pulls and pushes, renames and forgets, and writes down who did', async () => {
    const o = opened(EXTERNALS);
    here = o;
    const { state } = o.project;
    expect(await failure(state.rm(['a']))).toMatchObject({ code: 'PJ6090' });
    await o.project.apply();
    const text = (await state.pull()) ?? '';
    await state.mv('a', 'c');
    expect(await o.recorded()).toEqual(['b', 'c']);
    await state.rm(['c']);
    expect(await o.recorded()).toEqual(['b']);
    expect(await failure(state.push(text))).toMatchObject({ code: 'PJ3053', exitCode: 5 });
    expect(await state.push(text, { force: true })).toMatchObject({ changed: true, workloads: 2 });
    expect(o.audit().map(({ operation, result }) => [operation, result])).toEqual([
      ['apply', 'ok'],
      ['state mv a c', 'ok'],
      ['state rm c', 'ok'],
      ['state push', 'error PJ3053'],
      ['state push', 'ok'],
    ]);
  });

  it.each(['', '../up', 'a b', '-x'])('refuses %j as an id', async (to) => {
    const o = opened(EXTERNALS);
    here = o;
    await o.project.apply();
    expect(await failure(o.project.state.mv('a', to))).toMatchObject({ code: 'PJ3056', exitCode: 64 });
    expect(await o.recorded()).toEqual(['a', 'b']);
  });

  it('a lock that is removed by its id is in the audit', async () => {
    const o = opened(EXTERNALS);
    here = o;
    const session = await storeOf(o.pj).open({
      operation: 'apply',
      lockTimeout: 0,
      emit: () => undefined,
      signal: new AbortController().signal,
    });
    const holder = await o.project.state.holder();
    expect(await failure(o.project.apply())).toMatchObject({ code: 'PJ3010', exitCode: 6 });
    await o.project.state.unlock(holder?.id ?? '');
    expect(await o.project.state.holder()).toBeUndefined();
    await session.close();
    expect(o.audit()).toEqual([expect.objectContaining({ operation: `state unlock ${holder?.id}`, result: 'ok' })]);
  });
});
