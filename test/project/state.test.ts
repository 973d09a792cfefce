import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../support/pj.ts';
import { failure, type Opened, opened, sleeper, storeOf } from './ground.ts';

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

  it('what is removed runs on and is nobody’s, with an agent and without', async () => {
    const always = 'restart: { policy: always, delay: 50ms }\n';
    const o = opened({ 'a.yaml': sleeper('a', always), 'b.yaml': sleeper('b', always), 'c.yaml': sleeper('c') });
    here = o;
    await o.project.apply();
    expect(await failure(o.project.state.rm(['a', 'nobody']))).toMatchObject({ code: 'PJ3050' });
    expect((await o.project.agent.status()).running).toBe(true);
    await o.project.state.rm(['a']);
    expect(
      o.pj
        .processes()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(['a', 'b', 'c']);
    const status = await o.project.agent.status();
    expect(status).toMatchObject({ running: true, info: { active: ['b@1', 'c@1'] } });
    await o.project.agent.stop();
    await o.project.state.rm(['b']);
    expect(o.pj.agents()).toEqual([]);
    // A broken descriptor does not keep anybody from it.
    o.pj.write({ 'c.yaml': 'applicationId: [' });
    await o.project.agent.start();
    for (const { pid } of o.pj.processes().filter(({ id }) => id !== 'c')) process.kill(pid, 'SIGKILL');
    await until('their end', () => o.pj.processes().length === 1);
    await new Promise((next) => setTimeout(next, 500));
    expect(o.pj.processes().map(({ id }) => id)).toEqual(['c']);
    await o.project.state.rm(['c']);
    expect(await o.recorded()).toEqual([]);
    expect(o.pj.processes().map(({ id }) => id)).toEqual(['c']);
    await until('the end of the agent', () => o.pj.agents().length === 0);
    o.pj.write({ 'c.yaml': sleeper('c') });
    expect((await o.project.plan()).changes.map(({ id, action }) => [id, action])).toEqual([
      ['a', 'create'],
      ['b', 'create'],
      ['c', 'create'],
    ]);
  });

  it('a provider that cannot be told is a warning, and no reason to keep the record', async () => {
    const o = opened(EXTERNALS);
    here = o;
    await o.project.apply();
    const session = await storeOf(o.pj).open({
      operation: 'apply',
      lockTimeout: 0,
      emit: () => undefined,
      signal: new AbortController().signal,
    });
    const { a } = session.snapshot.workloads;
    if (a === undefined) throw new Error('a is not recorded');
    await session.put('a', { ...a, provider: 'of-tomorrow' });
    await session.close();
    await o.project.state.rm(['a']);
    expect(o.events).toContainEqual(expect.objectContaining({ type: 'diagnostic', code: 'PJ5051', workload: 'a' }));
    expect(await o.recorded()).toEqual(['b']);
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
