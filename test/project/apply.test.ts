import { afterEach, describe, expect, it } from 'vitest';
import { nativeProvider } from '../../src/providers/native/index.ts';
import { record, step } from '../state/samples.ts';
import { until } from '../support/pj.ts';
import { environment, failure, type Opened, opened, sleeper, storeOf } from './ground.ts';

let here: Opened | undefined;
afterEach(async () => {
  await here?.pj.cleanUp();
  here = undefined;
});

const external = (address: string): string => `applicationId: db\nexternal: { address: ${address} }\n`;

/** Kills the agent, as a crash would. */
async function killAgent(o: Opened): Promise<void> {
  for (const pid of o.pj.agents()) process.kill(pid, 'SIGKILL');
  await until('the end of the agent', () => o.pj.agents().length === 0);
}

describe('apply', () => {
  it('brings an agent back that was killed, whether it has other things to do or none', async () => {
    const o = opened({ 'a.yaml': sleeper('a'), 'db.yaml': external('192.0.2.1') });
    here = o;
    await o.project.apply();
    await killAgent(o);
    expect((await o.project.apply()).outcome).toBe('none');
    expect(o.pj.agents()).toHaveLength(1);
    await killAgent(o);
    o.pj.write({ 'db.yaml': external('192.0.2.2') });
    expect((await o.project.apply()).outcome).toBe('ok');
    expect(o.pj.agents()).toHaveLength(1);
    expect(o.pj.processes()).toHaveLength(1);
  });

  it('does nothing of a plan that a guard refuses in part', async () => {
    const o = opened({ 'a.yaml': sleeper('a', 'lifecycle: { preventDestroy: true }\n') });
    here = o;
    await o.project.apply();
    o.pj.write({ 'a.yaml': '# gone\n', 'b.yaml': sleeper('b') });
    const plan = await o.project.plan();
    expect(plan.changes.find(({ id }) => id === 'a')?.refused).toMatchObject({ code: 'PJ2020' });
    expect(plan.summary.add).toBe(1);
    expect(await failure(o.project.apply())).toMatchObject({ code: 'PJ2090', exitCode: 5 });
    expect(await o.recorded()).toEqual(['a']);
    expect((await o.project.apply({ plan: { excludes: ['a'] } })).outcome).toBe('ok');
    expect(o.pj.processes().map(({ id }) => id)).toEqual(['a', 'b']);
    o.pj.write({ 'a.yaml': sleeper('a') });
    await o.project.apply();
  });

  it('leaves what is forgotten running, and out of the state', async () => {
    const o = opened({ 'a.yaml': sleeper('a') });
    here = o;
    await o.project.apply();
    o.pj.write({ 'a.yaml': '# gone\n', 'pj.yaml': 'forget: [a]\n' });
    const applied = await o.project.apply();
    expect(applied.result?.summary).toEqual({ add: 0, change: 0, destroy: 0, forget: 1 });
    expect(await o.recorded()).toEqual([]);
    expect(o.pj.processes()).toHaveLength(1);
    // With nothing left to watch the agent has gone.
    await until('the end of the agent', () => o.pj.agents().length === 0);
    // Described again it is new, and what runs is not touched for it.
    o.pj.write({ 'a.yaml': sleeper('a'), 'pj.yaml': 'name: forgetful\n' });
    const plan = await o.project.plan();
    expect(plan.changes.map(({ id, action }) => [id, action])).toEqual([['a', 'create']]);
    expect(plan.warnings).toContainEqual(expect.objectContaining({ workload: 'a' }));
    const refused = await o.project.apply();
    expect(refused.result?.steps.find(({ outcome }) => outcome === 'failed')?.error?.code).toBe('PJ5310');
    const [left] = o.pj.processes();
    expect(o.pj.processes()).toHaveLength(1);
    process.kill(left?.pid ?? 0, 'SIGTERM');
    await until('its end', () => o.pj.processes().length === 0);
    expect((await o.project.apply()).outcome).toBe('ok');
    expect((await o.project.plan()).steps).toEqual([]);
  });

  it('lets go of an old instance too that was still to be removed', async () => {
    const o = opened({ 'a.yaml': sleeper('a', 'lifecycle: { createBeforeDestroy: true }\n') });
    here = o;
    await o.project.apply();
    // As a kill between the new one's start and the old one's end leaves it.
    const signal = new AbortController().signal;
    const session = await storeOf(o.pj).open({ operation: 'apply', lockTimeout: 0, emit: () => undefined, signal });
    const { a } = session.snapshot.workloads;
    if (a === undefined) throw new Error('a is not recorded');
    const provider = nativeProvider({ dir: o.project.dir, project: 'p', env: environment(o.pj), pjVersion: 'test' });
    const identity = { project: 'p', lineage: session.snapshot.lineage, id: 'a', generation: 2 };
    const target = { identity, handle: null, spec: a.spec, stored: a.spec, specDigest: 'd' };
    const context = { signal, progress: () => undefined };
    await provider.create(target, context);
    const { handle } = await provider.start(target, context);
    await provider.close?.();
    const old = { generation: 1, provider: 'native', spec: a.spec, handle: a.handle };
    await session.put('a', { ...a, generation: 2, handle, deposed: [old] });
    await session.close();
    o.pj.write({ 'a.yaml': '# gone\n', 'pj.yaml': 'forget: [a]\n' });
    expect((await o.project.apply()).outcome).toBe('ok');
    expect(o.pj.processes()).toHaveLength(2);
    await until('the end of the agent', () => o.pj.agents().length === 0);
  });

  it('a plan that was saved while a killed run was not settled yet can be applied', async () => {
    const o = opened({ 'a.yaml': sleeper('a'), 'b.yaml': sleeper('b', 'dependencies: [a]\n') });
    here = o;
    const spec = (await o.project.plan()).workloads['a']?.spec ?? {};
    // As a kill after the create of a, and before its outcome in the journal, leaves it.
    const signal = new AbortController().signal;
    const session = await storeOf(o.pj).open({ operation: 'apply', lockTimeout: 0, emit: () => undefined, signal });
    const after = record('a', { kind: 'native', provider: 'native', spec, handle: null, state: 'DEPLOYED' });
    await session.intent({ step: step('create', 'a'), before: null, after });
    const provider = nativeProvider({ dir: o.project.dir, project: 'p', env: environment(o.pj), pjVersion: 'test' });
    const identity = { project: 'p', lineage: session.snapshot.lineage, id: 'a', generation: 1 };
    const target = { identity, handle: null, spec, stored: spec, specDigest: 'd' };
    await provider.create(target, { signal, progress: () => undefined });
    await provider.close?.();
    await session.close();

    const planFile = `${o.pj.dir}/p`;
    const saved = await o.project.savePlan(planFile);
    expect(saved.changes.find(({ id }) => id === 'a')?.action).toBe('start');
    expect((await o.project.apply({ planFile })).outcome).toBe('ok');
    expect(
      o.pj
        .processes()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(['a', 'b']);
    expect((await o.project.plan()).steps).toEqual([]);
  });
});
