import { type ChildProcess, spawn } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { nativeProvider } from '../../src/providers/native/index.ts';
import { record, step } from '../state/samples.ts';
import { alive } from '../support/pj.ts';
import { environment, failure, type Opened, opened, sleeper, storeOf } from './ground.ts';

let here: Opened | undefined;
const children: ChildProcess[] = [];
afterEach(async () => {
  await here?.pj.cleanUp();
  here = undefined;
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** A process that pj did not start; in the project's folder, as its descriptor says. */
function stranger(o: Opened): number {
  const child = spawn('/bin/sleep', ['100000'], { cwd: o.pj.dir, stdio: 'ignore' });
  children.push(child);
  return child.pid ?? 0;
}

describe('import', () => {
  it('takes a running process over as it is; the next plan has nothing to do, and destroy ends it', async () => {
    const o = opened({ 'a.yaml': sleeper('a') });
    here = o;
    const pid = stranger(o);
    expect(await o.project.import('a', String(pid))).toMatchObject({ id: 'a', state: 'RUNNING' });
    expect((await o.project.status(['a']))[0]).toMatchObject({ state: 'RUNNING', pid });
    expect((await o.project.plan()).steps.map(({ action, recordOnly }) => recordOnly ?? action)).toEqual([]);
    expect(await failure(o.project.import('a', String(pid)))).toMatchObject({ code: 'PJ6095' });
    expect((await o.project.destroy()).outcome).toBe('ok');
    expect(alive(pid)).toBe(false);
  });

  it('that is refused leaves nothing in the state, and no step to settle', async () => {
    const o = opened({ 'a.yaml': sleeper('a'), 'db.yaml': 'applicationId: db\nexternal: { address: 192.0.2.1 }\n' });
    here = o;
    expect(await failure(o.project.import('a', '1'))).toMatchObject({ code: 'PJ5305' });
    expect(await failure(o.project.import('a', 'x'))).toMatchObject({ code: 'PJ5305' });
    expect(await failure(o.project.import('b', '1'))).toMatchObject({ code: 'PJ6093' });
    expect(await failure(o.project.import('db', '1'))).toMatchObject({ code: 'PJ6094' });
    const { snapshot, pending } = await storeOf(o.pj).load();
    expect([Object.keys(snapshot?.workloads ?? {}), pending]).toEqual([[], []]);
    expect((await o.project.apply()).outcome).toBe('ok');
  });

  it('killed after the process was taken over: the next run knows it, and makes no second one', async () => {
    const o = opened({ 'a.yaml': sleeper('a') });
    here = o;
    const pid = stranger(o);
    // As a kill between the engine's answer and the outcome in the journal leaves it.
    const session = await storeOf(o.pj).open({
      operation: 'import a',
      lockTimeout: 0,
      emit: () => undefined,
      signal: new AbortController().signal,
    });
    const after = record('a', { kind: 'native', provider: 'native', spec: {}, handle: null });
    await session.intent({ step: { ...step('create', 'a'), id: 'import a' }, before: null, after });
    const provider = nativeProvider({ dir: o.project.dir, project: 'p', env: environment(o.pj), pjVersion: 'test' });
    const identity = { project: 'p', lineage: session.snapshot.lineage, id: 'a', generation: 1 };
    const context = { signal: new AbortController().signal, progress: () => undefined };
    await provider.adopt?.({ identity, engineId: String(pid), spec: undefined }, context);
    await provider.close?.();
    await session.close();

    const planned = await o.project.plan();
    expect(planned.changes).toMatchObject([{ id: 'a', action: expect.not.stringMatching('create') }]);
    expect((await o.project.apply()).outcome).toBe('ok');
    expect(o.events).toContainEqual(expect.objectContaining({ type: 'recovered', workload: 'a', verdict: 'adopted' }));
    expect((await o.project.status()).map(({ id, state }) => [id, state])).toEqual([['a', 'RUNNING']]);
    await o.project.destroy();
    expect(alive(pid)).toBe(false);
    expect(o.pj.processes()).toEqual([]);
  });
});
