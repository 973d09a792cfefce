import { describe, expect, it } from 'vitest';
import { PjError } from '../../src/errors.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { WorkloadRecord } from '../../src/model/record.ts';
import type { Spec } from '../../src/model/spec.ts';
import { bench, change, difference, digestOf, fates, planned, planOf, record, step, told } from './fakes.ts';

const v1: Spec = { version: '1', healthCheck: { type: 'tcp', port: 1, startPeriod: 1, retries: 1 } };
const v2: Spec = { ...v1, version: '2' };
const good = (spec: Spec = v1, more: Partial<WorkloadRecord> = {}) => ({
  web: record('web', spec, { health: 'healthy', previousSpec: spec, ...more }),
});
const differences = [difference('/version')];
const restart = [
  step('stop web'),
  step('update web', ['stop web']),
  step('start web', ['update web']),
  step('wait web', ['start web']),
];
const replace = [
  step('stop web'),
  step('destroy web', ['stop web']),
  step('create web', ['destroy web']),
  step('start web', ['create web']),
  step('wait web', ['start web']),
];
const live = [step('update web'), step('wait web', ['update web'])];
const beside = [
  step('create web', [], { generation: 2 }),
  step('start web', ['create web'], { generation: 2 }),
  step('wait web', ['start web'], { generation: 2 }),
  step('stop web@1', ['wait web']),
  step('destroy web@1', ['stop web@1']),
];
const planFor = (
  steps: Plan['steps'],
  action: 'update' | 'replace' | 'create-before-destroy',
  updateClass: 'live' | 'restart' | 'replace',
  want = v2,
): Plan => planOf(steps, [planned('web', want)], [change('web', action, { differences, updateClass })]);

/** Version 2 never becomes healthy. */
function world(workloads: Record<string, WorkloadRecord> = good()) {
  const b = bench({
    workloads,
    probe: async ({ spec }) =>
      spec.version === '2' ? { healthy: false, reason: 'version 2 is bad' } : { healthy: true },
  });
  return b;
}

describe('a changed workload that does not become healthy goes back', () => {
  it('restart: stop, update back, start, wait', async () => {
    const b = world();
    const result = await b.apply(planFor(restart, 'update', 'restart'), { rollback: true });
    expect(b.engine.calls.slice(3)).toEqual(['stop web@1', 'update web@1', 'start web@1']);
    expect(b.engine.instances.get('web@1')).toMatchObject({ status: 'running', spec: v1 });
    expect(b.session.snapshot.workloads['web']).toMatchObject({
      state: 'RUNNING',
      health: 'healthy',
      spec: v1,
      previousSpec: v1,
    });
    expect(b.session.snapshot.workloads['web']).not.toHaveProperty('lastError');
    expect(result).toMatchObject({ outcome: 'partial', rolledBack: ['web'] });
    expect(fates(result)['wait web']).toBe('failed');
    expect(b.session.journal.slice(-8)).toEqual(
      ['stop', 'update', 'start', 'wait'].flatMap((one) => [`intent rollback:${one} web`, `done rollback:${one} web`]),
    );
    const rollback = told(b.events).filter((one) => one.includes('rollback'));
    expect(rollback[0]).toBe('rollback web start');
    expect(rollback.at(-1)).toBe('rollback web done');
  });

  it('replace: stop and destroy the new one, create, start, wait', async () => {
    const b = world();
    const result = await b.apply(planFor(replace, 'replace', 'replace'), { rollback: true });
    expect(b.engine.calls.slice(4)).toEqual(['stop web@1', 'destroy web@1', 'create web@1', 'start web@1']);
    expect(b.session.snapshot.workloads['web']).toMatchObject({ state: 'RUNNING', health: 'healthy', spec: v1 });
    expect(result.rolledBack).toEqual(['web']);
  });

  it('live: update back in place, without downtime', async () => {
    const b = world();
    const result = await b.apply(planFor(live, 'update', 'live'), { rollback: true });
    expect(b.engine.calls).toEqual(['update web@1', 'update web@1']);
    expect(b.session.snapshot.workloads['web']).toMatchObject({ state: 'RUNNING', health: 'healthy', spec: v1 });
    expect(result.rolledBack).toEqual(['web']);
  });

  it('create before destroy: the new one goes, the old one ran all the time and is the current one again', async () => {
    const before = good();
    const b = world(before);
    const result = await b.apply(planFor(beside, 'create-before-destroy', 'replace'), { rollback: true });
    expect(b.engine.calls).toEqual(['create web@2', 'start web@2', 'stop web@2', 'destroy web@2']);
    expect(b.session.snapshot.workloads).toEqual(before);
    expect([...b.engine.instances.keys()]).toEqual(['web@1']);
    expect(result.rolledBack).toEqual(['web']);
  });

  it('when its descriptor asks for it, and not when nobody does', async () => {
    const asked = planFor(restart, 'update', 'restart');
    const b = world();
    const lifecycle = { ...record('web').lifecycle, rollback: true };
    await b.apply({ ...asked, workloads: { web: planned('web', v2, { lifecycle }) } });
    expect(b.session.snapshot.workloads['web']?.spec).toEqual(v1);
    const c = world();
    const result = await c.apply(asked);
    expect(c.session.snapshot.workloads['web']).toMatchObject({ spec: v2, health: 'unhealthy', previousSpec: v1 });
    expect(result.rolledBack).toEqual([]);
  });

  it('the graph data of before comes back too, so that the next plan shows the whole change again', async () => {
    const dependency = { id: 'db', condition: 'started', optional: false, restart: false, source: 'declared' } as const;
    const b = world();
    const plan = planFor(restart, 'update', 'restart');
    await b.apply(
      { ...plan, workloads: { web: planned('web', v2, { dependencies: [dependency] }) } },
      { rollback: true },
    );
    expect(b.session.snapshot.workloads['web']?.dependencies).toEqual([]);
  });
});

describe('a changed workload that fails on its way up goes back', () => {
  it.each([
    ['update', restart, 'update', 'restart'],
    ['start', restart, 'update', 'restart'],
    ['create', replace, 'replace', 'replace'],
    ['start', replace, 'replace', 'replace'],
    ['start', beside, 'create-before-destroy', 'replace'],
  ] as const)('%s of %j', async (action, steps, changeAction, updateClass) => {
    const b = world();
    b.engine.script = (call, target) => {
      if (call.startsWith(action) && target.spec.version === '2') throw new PjError('PJ9001', { what: 'no' });
    };
    const result = await b.apply(planFor([...steps], changeAction, updateClass), { rollback: true });
    expect(result.rolledBack).toEqual(['web']);
    expect(b.session.snapshot.workloads['web']).toMatchObject({ state: 'RUNNING', spec: v1 });
    expect([...b.engine.instances.values()]).toEqual([expect.objectContaining({ status: 'running', spec: v1 })]);
  });

  it('a create beside the old one that fails: the old one is not touched at all', async () => {
    const b = world();
    b.engine.script = (call) => {
      if (call === 'create web@2') throw new PjError('PJ9001', { what: 'no' });
    };
    const result = await b.apply(planFor(beside, 'create-before-destroy', 'replace'), { rollback: true });
    expect(b.engine.calls).toEqual(['create web@2', 'destroy web@2']);
    expect(b.session.snapshot.workloads['web']).toMatchObject({ generation: 1, state: 'RUNNING', spec: v1 });
    expect(result.rolledBack).toEqual(['web']);
  });
});

describe('nothing is rolled back', () => {
  it('that is new', async () => {
    const b = world({});
    const steps = [step('create web'), step('start web', ['create web']), step('wait web', ['start web'])];
    const result = await b.apply(planOf(steps, [planned('web', v2)], [change('web', 'create')]), { rollback: true });
    expect(result.rolledBack).toEqual([]);
    expect(told(b.events)).not.toContain('rollback web start');
  });

  it('that was not changed', async () => {
    const b = world(good(v2, { state: 'STOPPED' }));
    const steps = [step('start web'), step('wait web', ['start web'])];
    const result = await b.apply(planOf(steps, [planned('web', v2)], [change('web', 'start')]), { rollback: true });
    expect(result.rolledBack).toEqual([]);
  });

  it('that never ran well', async () => {
    const { previousSpec: _, ...never } = record('web', v1, { health: 'unhealthy' });
    const b = world({ web: never });
    const result = await b.apply(planFor(restart, 'update', 'restart'), { rollback: true });
    expect(result.rolledBack).toEqual([]);
  });

  it('whose stop failed: it is what it was', async () => {
    const b = world();
    b.engine.script = (call) => {
      if (call === 'stop web@1') throw new PjError('PJ9001', { what: 'no' });
    };
    const result = await b.apply(planFor(restart, 'update', 'restart'), { rollback: true });
    expect(b.engine.calls).toEqual(['stop web@1']);
    expect(result.rolledBack).toEqual([]);
  });

  it('after Ctrl-C, and it says so', async () => {
    const b = world();
    b.engine.script = (call) => {
      if (call !== 'start web@1') return;
      b.drain.abort();
      throw new PjError('PJ9001', { what: 'no' });
    };
    const result = await b.apply(planFor(restart, 'update', 'restart'), { rollback: true });
    expect(result.rolledBack).toEqual([]);
    expect(b.events).toContainEqual(expect.objectContaining({ type: 'rollback', phase: 'failed' }));
    expect(b.session.snapshot.workloads['web']).toMatchObject({ state: 'FAILED', spec: v2, previousSpec: v1 });
  });
});

describe('what it goes back to', () => {
  it('is the last spec that ran well, not the one before', async () => {
    const bad: Spec = { ...v1, version: '1.5' };
    const b = world(good(bad, { health: 'unhealthy', previousSpec: v1 }));
    await b.apply(planFor(restart, 'update', 'restart'), { rollback: true });
    expect(b.session.snapshot.workloads['web']).toMatchObject({ spec: v1, health: 'healthy' });
  });

  it('is refused, with nothing more touched, when a sensitive value is no longer what it was', async () => {
    const secretSpec = (digest: string): Spec => ({
      ...v1,
      env: { PW: { $sensitive: { parts: [{ secret: 'pw' }], digest } } as unknown as string },
    });
    const b = bench({
      workloads: good(secretSpec(digestOf('old secret'))),
      secrets: { 'secret.pw': 'new secret' },
      probe: async () => ({ healthy: false, reason: 'bad' }),
    });
    const want = { ...secretSpec(digestOf('new secret')), version: '2' };
    const result = await b.apply(planFor(restart, 'update', 'restart', want), { rollback: true });
    expect(result.rolledBack).toEqual([]);
    expect(b.engine.calls).toEqual(['stop web@1', 'update web@1', 'start web@1']);
    expect(b.events).toContainEqual({
      type: 'rollback',
      workload: 'web',
      phase: 'failed',
      message: 'web: the value of secret.pw is not the one that the state was made with',
    });
    expect(b.session.snapshot.workloads['web']).toMatchObject({
      state: 'RUNNING',
      health: 'unhealthy',
      lastError: { code: 'PJ4004' },
    });
  });

  it('a rollback that fails itself is told, and the record says what is', async () => {
    const b = world();
    let starts = 0;
    b.engine.script = (call) => {
      if (call === 'start web@1' && ++starts > 1) throw new PjError('PJ9001', { what: 'worse' });
    };
    const result = await b.apply(planFor(restart, 'update', 'restart'), { rollback: true });
    expect(result.rolledBack).toEqual([]);
    expect(b.events).toContainEqual(
      expect.objectContaining({ type: 'rollback', phase: 'failed', message: 'internal error: worse' }),
    );
    expect(b.session.snapshot.workloads['web']).toMatchObject({ state: 'FAILED', spec: v1 });
  });
});

describe('who was taken down for the sake of a workload that went back', () => {
  const steps = [
    step('stop api'),
    ...restart.map((one) => (one.id === 'stop web' ? { ...one, dependsOn: ['stop api'] } : one)),
    step('start api', ['wait web']),
  ];
  const wants = (api: Spec) => [planned('web', v2), planned('api', api)];
  const changes = (api: ReturnType<typeof difference>[]) => [
    change('web', 'update', { differences, updateClass: 'restart' as const }),
    change('api', 'restart', { differences: api }),
  ];

  it('is started again', async () => {
    const b = world({ ...good(), api: record('api', { version: 'a' }) });
    const result = await b.apply(planOf(steps, wants({ version: 'a' }), changes([])), { rollback: true });
    expect(result.rolledBack).toEqual(['web']);
    expect(fates(result)['start api']).toBe('skipped');
    expect(b.engine.calls.at(-1)).toBe('start api@1');
    expect(b.session.snapshot.workloads['api']).toMatchObject({ state: 'RUNNING' });
    expect(told(b.events)).toContain('rollback api done');
  });

  it('stays down when it was down before, and when web did not come back', async () => {
    const b = world({ ...good(), api: record('api', {}, { state: 'STOPPED' }) });
    await b.apply(planOf(steps, wants({}), changes([])), { rollback: true });
    expect(b.engine.instances.get('api@1')?.status).toBe('stopped');
    const c = world({ ...good(), api: record('api') });
    await c.apply(planOf(steps, wants({}), changes([])));
    expect(c.engine.instances.get('api@1')?.status).toBe('stopped');
  });

  it('goes back as well when it was changed already', async () => {
    const b = world({ ...good(), api: record('api', { version: 'a' }) });
    const changed = [
      ...steps.slice(0, -1),
      step('update api', ['stop api']),
      step('start api', ['wait web', 'update api']),
    ];
    const result = await b.apply(planOf(changed, wants({ version: 'b' }), changes([difference('/version')])), {
      rollback: true,
    });
    expect(result.rolledBack).toEqual(['api', 'web']);
    expect(b.engine.instances.get('api@1')).toMatchObject({ status: 'running', spec: { version: 'a' } });
  });
});
