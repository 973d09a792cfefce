import { describe, expect, it } from 'vitest';
import { PjError } from '../../src/errors.ts';
import { bench, change, difference, fates, planned, planOf, record, step, told } from './fakes.ts';

const newOne = (id: string, after: string[] = []) => [
  step(`create ${id}`),
  step(`start ${id}`, [`create ${id}`, ...after]),
];

describe('what each step makes of the record', () => {
  it('create and start of a new one', async () => {
    const b = bench();
    const result = await b.apply(
      planOf(newOne('web'), [planned('web', { env: { A: '1' } })], [change('web', 'create')]),
    );
    expect(result).toMatchObject({ outcome: 'ok', summary: { add: 1, change: 0, destroy: 0, forget: 0 } });
    expect(result).not.toHaveProperty('next');
    expect(b.session.snapshot.workloads['web']).toMatchObject({
      state: 'RUNNING',
      health: 'none',
      handle: { key: 'web@1' },
      attributes: { address: 'addr-web' },
      spec: { env: { A: '1' } },
      previousSpec: { env: { A: '1' } },
    });
    expect(b.session.journal).toEqual(['intent create web', 'done create web', 'intent start web', 'done start web']);
    expect(told(b.events)).toEqual([
      'step_start create web',
      'step_complete create web',
      'step_start start web',
      'step_complete start web',
      'apply_complete',
    ]);
  });

  it('the intent holds the record before and after, and the digest that the engine is given', async () => {
    const b = bench();
    let seen: unknown;
    b.engine.script = (call, target) => {
      if (call === 'create web@1') seen = { intent: b.session.intents.get('create web'), digest: target.specDigest };
    };
    await b.apply(planOf(newOne('web'), [planned('web')]));
    const { intent, digest } = seen as { intent: Record<string, unknown>; digest: string };
    expect(intent).toMatchObject({ before: null, after: { id: 'web', state: 'DEPLOYED', handle: null } });
    expect(intent['specDigest']).toBe(digest);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
  });

  it('stop, destroy, forget', async () => {
    const b = bench({ workloads: { a: record('a'), b: record('b') } });
    const steps = [step('stop a'), step('destroy a', ['stop a']), step('forget b')];
    const states: unknown[] = [];
    b.engine.script = (call) => void states.push([call, b.session.snapshot.workloads['a']?.state]);
    const result = await b.apply(planOf(steps, [], [change('a', 'delete'), change('b', 'forget')]));
    expect(states).toEqual([
      ['stop a@1', 'RUNNING'],
      ['destroy a@1', 'STOPPED'],
    ]);
    expect(b.session.snapshot.workloads).toEqual({});
    expect(b.engine.instances.get('b@1')?.status).toBe('running');
    expect(result.summary).toEqual({ add: 0, change: 0, destroy: 1, forget: 1 });
  });

  it('update tells the engine the changed paths, and records spec, dependencies, lifecycle', async () => {
    const b = bench({ workloads: { web: record('web', { env: { A: 'old' } }) } });
    const dependency = { id: 'db', condition: 'started', optional: false, restart: false, source: 'declared' } as const;
    const want = planned('web', { env: { A: 'new' } }, { dependencies: [dependency] });
    const differences = [difference('/env/A', 'live'), difference('/dependencies', 'live')];
    await b.apply(
      planOf([step('update web')], [want], [change('web', 'update', { differences, updateClass: 'live' })]),
    );
    expect(b.engine.paths.get('web@1')).toEqual(['/env/A']);
    expect(b.session.snapshot.workloads['web']).toMatchObject({
      state: 'RUNNING',
      spec: { env: { A: 'new' } },
      previousSpec: { env: { A: 'new' } },
      dependencies: [dependency],
    });
  });

  it.each([
    ['only paths that concern the graph', step('update web'), [difference('/dependencies'), difference('/lifecycle')]],
    ['a step that touches the record alone', step('update web', [], { recordOnly: true }), [difference('/env/A')]],
  ])('update with %s calls no engine', async (_, only, differences) => {
    const b = bench({ workloads: { web: record('web') } });
    const want = planned('web', {}, { lifecycle: { ...record('web').lifecycle, preventDestroy: true } });
    const result = await b.apply(planOf([only], [want], [change('web', 'update', { differences })]));
    expect(b.engine.calls).toEqual([]);
    expect(result.summary.change).toBe(1);
    expect(b.session.snapshot.workloads['web']?.lifecycle.preventDestroy).toBe(true);
  });

  it('pause and resume', async () => {
    const b = bench({ workloads: { a: record('a'), b: record('b', {}, { state: 'PAUSED' }) } });
    const wants = [planned('a', {}, { desiredState: 'paused' }), planned('b')];
    await b.apply(planOf([step('pause a'), step('resume b')], wants, []));
    expect(b.session.snapshot.workloads['a']).toMatchObject({ state: 'PAUSED', desiredState: 'paused' });
    expect(b.session.snapshot.workloads['b']).toMatchObject({ state: 'RUNNING' });
  });

  it('a provider that cannot pause is a clear failure', async () => {
    const b = bench({ workloads: { a: record('a') } });
    delete b.engine.provider.pause;
    const result = await b.apply(planOf([step('pause a')], [planned('a')]));
    expect(result.steps[0]?.error).toEqual({ code: 'PJ4009', message: 'provider fake cannot pause a' });
    expect(b.session.snapshot.workloads['a']).toMatchObject({ state: 'RUNNING', lastError: { code: 'PJ4009' } });
  });

  it('a replace keeps the last good spec across the destroy', async () => {
    const b = bench({ workloads: { web: record('web', { version: '1' }) } });
    const steps = [step('stop web'), step('destroy web', ['stop web']), step('create web', ['destroy web'])];
    const result = await b.apply(
      planOf(steps, [planned('web', { version: '2' }, { desiredState: 'stopped' })], [change('web', 'replace')]),
    );
    expect(result.summary).toMatchObject({ add: 1, destroy: 1 });
    expect(b.session.snapshot.workloads['web']).toMatchObject({
      state: 'DEPLOYED',
      spec: { version: '2' },
      previousSpec: { version: '1' },
    });
  });

  it('moved workloads are renamed first', async () => {
    const b = bench({ workloads: { old: record('old') } });
    await b.apply({ ...planOf([], []), moved: [{ from: 'old', to: 'new' }] });
    expect(Object.keys(b.session.snapshot.workloads)).toEqual(['new']);
  });

  it('an imperative stop leaves a note of itself, and an imperative start a note in its place', async () => {
    const at = expect.stringMatching(/^\d{4}-/);
    const b = bench({ workloads: { web: record('web') } });
    const want = (desiredState: 'running' | 'stopped') => [planned('web', {}, { desiredState })];
    await b.apply({ ...planOf([step('stop web')], want('stopped')), mode: 'imperative' });
    expect(b.session.snapshot.workloads['web']).toMatchObject({
      desiredState: 'stopped',
      imperative: { command: 'pj stop', at },
    });
    await b.apply({ ...planOf([step('start web')], want('running')), mode: 'imperative' });
    expect(b.session.snapshot.workloads['web']).toMatchObject({
      desiredState: 'running',
      imperative: { command: 'pj start', at },
    });
  });

  it('a start by apply ends the note of an imperative stop; an imperative one keeps it', async () => {
    const imperative = { command: 'pj stop web', at: '2026-01-01T00:00:00.000Z' };
    for (const mode of ['apply', 'imperative'] as const) {
      const b = bench({ workloads: { web: record('web', {}, { state: 'STOPPED', imperative }) } });
      await b.apply({ ...planOf([step('start web')], [planned('web')]), mode });
      expect(b.session.snapshot.workloads['web']?.imperative).toEqual(mode === 'apply' ? undefined : imperative);
    }
  });
});

describe('create before destroy', () => {
  const steps = [
    step('create web', [], { generation: 2 }),
    step('start web', ['create web'], { generation: 2 }),
    step('stop web@1', ['start web']),
    step('destroy web@1', ['stop web@1']),
  ];
  const plan = planOf(steps, [planned('web', { version: '2' })], [change('web', 'create-before-destroy')]);

  it('keeps the old instance as deposed until it is destroyed', async () => {
    const b = bench({ workloads: { web: record('web', { version: '1' }) } });
    const deposed: unknown[] = [];
    b.engine.script = (call) => void deposed.push([call, b.session.snapshot.workloads['web']?.deposed]);
    const result = await b.apply(plan);
    const old = [{ generation: 1, provider: 'fake', spec: { version: '1' }, handle: { key: 'web@1' } }];
    expect(deposed).toEqual([
      ['create web@2', undefined],
      ['start web@2', old],
      ['stop web@1', old],
      ['destroy web@1', old],
    ]);
    expect(b.session.snapshot.workloads['web']).toMatchObject({
      generation: 2,
      state: 'RUNNING',
      handle: { key: 'web@2' },
    });
    expect(b.session.snapshot.workloads['web']).not.toHaveProperty('deposed');
    expect([...b.engine.instances.keys()]).toEqual(['web@2']);
    expect(result.summary).toEqual({ add: 1, change: 0, destroy: 1, forget: 0 });
    // The new one's id is not told of the old one.
    const told = b.events.flatMap((event) => (event.type === 'step_complete' ? [[event.step.id, event.engineId]] : []));
    expect(told).toEqual([
      ['create web', 'addr-web'],
      ['start web', 'addr-web'],
      ['stop web@1', undefined],
      ['destroy web@1', undefined],
    ]);
  });

  it('a create that fails leaves the old instance current, and nothing half made', async () => {
    const b = bench({ workloads: { web: record('web', { version: '1' }) } });
    b.engine.script = (call) => {
      if (call === 'create web@2') throw new PjError('PJ9001', { what: 'no room' });
    };
    await b.apply(plan);
    expect(b.engine.calls).toEqual(['create web@2', 'destroy web@2']);
    const after = b.session.snapshot.workloads['web'];
    expect(after).toMatchObject({
      generation: 1,
      state: 'RUNNING',
      spec: { version: '1' },
      lastError: { code: 'PJ9001' },
    });
    expect(after).not.toHaveProperty('deposed');
  });

  it('what cannot be cleaned up after it is remembered', async () => {
    const b = bench({ workloads: { web: record('web', { version: '1' }) } });
    b.engine.script = (call) => {
      if (call.endsWith('web@2')) throw new PjError('PJ9001', { what: 'gone mad' });
    };
    await b.apply(plan);
    const after = b.session.snapshot.workloads['web'];
    expect(after?.deposed).toEqual([{ generation: 2, provider: 'fake', spec: { version: '2' }, handle: null }]);
    expect(after).toMatchObject({ generation: 1, state: 'RUNNING' });
    expect(b.events).toContainEqual(
      expect.objectContaining({ type: 'diagnostic', severity: 'warning', workload: 'web' }),
    );
  });

  it('a destroy of the current one keeps the record for the sake of an older one that is still there', async () => {
    const old = { generation: 1, provider: 'fake', spec: {}, handle: { key: 'web@1' } };
    const b = bench({
      workloads: { web: record('web', {}, { generation: 2, handle: { key: 'web@2' }, deposed: [old] }) },
    });
    const current = step('destroy web', [], { generation: 2 });
    b.engine.script = (call) => {
      if (call === 'destroy web@1') throw new PjError('PJ9001', { what: 'stuck' });
    };
    await b.apply(planOf([current, step('destroy web@1', ['destroy web'])], [], [change('web', 'delete')]));
    expect(b.session.snapshot.workloads['web']).toMatchObject({ handle: null, state: 'FAILED', deposed: [old] });
    b.engine.script = () => undefined;
    b.session.snapshot.workloads['web'] = { ...record('web'), generation: 2, deposed: [old] };
    await b.apply(planOf([current, step('destroy web@1', ['destroy web'])], [], [change('web', 'delete')]));
    expect(b.session.snapshot.workloads).toEqual({});
  });
});

describe('when a step fails', () => {
  it('what depends on it is skipped and named, the rest goes on, and the result says how to go on', async () => {
    const b = bench();
    b.engine.script = (call) => {
      if (call === 'start db@1') throw new PjError('PJ9001', { what: 'port 5432 is taken' });
    };
    const steps = [...newOne('db'), ...newOne('web', ['start db']), ...newOne('other')];
    const plan = planOf(
      steps,
      ['db', 'web', 'other'].map((id) => planned(id)),
      ['db', 'web', 'other'].map((id) => change(id, 'create')),
    );
    const result = await b.apply(plan);
    expect(fates(result)).toEqual({
      'create db': 'done',
      'start db': 'failed',
      'create web': 'done',
      'start web': 'skipped',
      'create other': 'done',
      'start other': 'done',
    });
    expect(result).toMatchObject({ outcome: 'partial', next: 'pj apply', summary: { add: 1 } });
    expect(result.steps.find((one) => one.step === 'start web')?.because).toBe('start db');
    expect(b.events).toContainEqual(
      expect.objectContaining({ type: 'step_skipped', because: 'start db', reason: 'dependency-failed' }),
    );
    expect(b.session.snapshot.workloads['db']).toMatchObject({
      state: 'FAILED',
      lastError: { code: 'PJ9001', message: 'internal error: port 5432 is taken' },
    });
  });

  it('a create that fails is recorded as FAILED, since something of it may be there', async () => {
    const b = bench();
    b.engine.script = () => {
      throw new PjError('PJ9001', { what: 'broken' });
    };
    const result = await b.apply(planOf(newOne('web'), [planned('web')], [change('web', 'create')]));
    expect(result.outcome).toBe('failed');
    expect(b.session.snapshot.workloads['web']).toMatchObject({ state: 'FAILED', handle: null });
  });

  it('a change in place that fails leaves it running with the old spec recorded', async () => {
    const b = bench({ workloads: { web: record('web', { version: '1' }) } });
    b.engine.script = () => {
      throw new PjError('PJ9001', { what: 'refused' });
    };
    const differences = [difference('/version', 'live')];
    await b.apply(
      planOf([step('update web')], [planned('web', { version: '2' })], [change('web', 'update', { differences })]),
    );
    expect(b.session.snapshot.workloads['web']).toMatchObject({
      state: 'RUNNING',
      spec: { version: '1' },
      lastError: { code: 'PJ9001' },
    });
  });

  it.each([
    [
      'an engine that is gone',
      Object.assign(new Error('connect ENOENT /run/engine.sock'), { code: 'ENOENT' }),
      'PJ4016',
      'provider fake failed to start web: connect ENOENT /run/engine.sock',
    ],
    ['a bug in a provider', new TypeError('x is not a function'), 'PJ9001', 'internal error: x is not a function'],
    ['a thrown text', 'oops', 'PJ9001', 'internal error: oops'],
  ])('%s is a failure of the step, not of the run', async (_, thrown, code, message) => {
    const b = bench();
    b.engine.script = (call) => {
      if (call.startsWith('start')) throw thrown;
    };
    const result = await b.apply(
      planOf([...newOne('web'), ...newOne('other').slice(0, 1)], [planned('web'), planned('other')]),
    );
    expect(result.steps.find((one) => one.step === 'start web')?.error).toEqual({ code, message });
    expect(fates(result)['create other']).toBe('done');
  });

  it('no sensitive value that an engine echoes is told or recorded', async () => {
    const b = bench({ secrets: { 'secret.db': 'hunter22' } });
    b.engine.script = (_call, _target, context) => {
      context.progress('logging in with hunter22');
      throw new PjError('PJ9001', { what: 'login hunter22 was refused' });
    };
    const result = await b.apply(planOf(newOne('web'), [planned('web')]));
    const everything = JSON.stringify([result, b.events, b.session.snapshot]);
    expect(everything).not.toContain('hunter22');
    expect(everything).toContain('login (sensitive) was refused');
  });

  it('a step on an instance that the state does not have says so', async () => {
    const b = bench();
    const result = await b.apply(planOf([step('stop ghost'), step('start ghost', [])], [], []));
    expect(result.steps.map((one) => one.error?.code)).toEqual(['PJ4011', 'PJ4011']);
  });
});

describe('a journal that cannot be written', () => {
  const steps = [step('create a'), step('create b'), step('create c', ['create a']), step('create d', ['create b'])];
  const wants = ['a', 'b', 'c', 'd'].map((id) => planned(id));

  it('the step that could not be written is not started, nor is any other', async () => {
    const b = bench();
    b.session.onAppend = (line) => {
      if (line === 'intent create b') throw new Error('ENOSPC: no space left on device');
    };
    const result = await b.apply(planOf(steps, wants), { parallelism: 1 });
    expect(b.engine.calls).toEqual(['create a@1']);
    expect(fates(result)).toEqual({
      'create a': 'done',
      'create b': 'failed',
      'create c': 'not-started',
      'create d': 'skipped',
    });
    expect(result.outcome).toBe('partial');
    expect(b.events).toContainEqual(expect.objectContaining({ type: 'diagnostic', severity: 'error', code: 'PJ4012' }));
    expect(result.steps[1]?.error?.message).toContain('no space left on device');
  });

  it('an outcome that could not be written leaves the intent open for the next run', async () => {
    const b = bench();
    b.session.onAppend = (line) => {
      if (line === 'outcome create a') throw new Error('EIO');
    };
    const result = await b.apply(planOf(steps, wants), { parallelism: 1 });
    expect(b.session.intents.has('create a')).toBe(true);
    expect(fates(result)['create b']).toBe('not-started');
  });
});

describe('Ctrl-C', () => {
  const steps = [step('create a'), step('create b'), step('create c', ['create a'])];
  const wants = ['a', 'b', 'c'].map((id) => planned(id));

  it('once: what runs ends, nothing more starts', async () => {
    const b = bench();
    b.engine.script = async (call) => {
      if (call === 'create a@1') b.drain.abort();
      await new Promise((resolve) => setImmediate(resolve));
    };
    const result = await b.apply(planOf(steps, wants), { parallelism: 1 });
    expect(fates(result)).toEqual({ 'create a': 'done', 'create b': 'not-started', 'create c': 'not-started' });
    expect(result).toMatchObject({ outcome: 'interrupted', next: 'pj apply' });
    expect(b.session.intents.size).toBe(0);
    expect(b.events).toContainEqual({ type: 'interrupting', running: ['create a'], count: 1 });
    expect(told(b.events)).toContain('step_skipped create b');
  });

  it('once, when nothing was left to start, is a success', async () => {
    const b = bench();
    b.engine.script = () => b.drain.abort();
    const result = await b.apply(planOf([step('create a')], [planned('a')]));
    expect(result.outcome).toBe('ok');
  });

  it('twice: what runs is aborted and its intent stays open', async () => {
    const b = bench();
    b.engine.script = (call, _target, context) =>
      new Promise((_, reject) => {
        if (call === 'create a@1') {
          context.signal.addEventListener('abort', () => reject(new Error('socket hang up')));
          b.drain.abort();
          b.abort.abort();
        }
      });
    const result = await b.apply(planOf(steps, wants), { parallelism: 1 });
    expect(result.outcome).toBe('interrupted');
    expect(result.steps[0]).toMatchObject({ outcome: 'failed', error: { code: 'PJ4007' } });
    expect([...b.session.intents.keys()]).toEqual(['create a']);
    expect(b.session.snapshot.workloads).toEqual({});
    expect(b.events).toContainEqual({ type: 'interrupting', running: ['create a'], count: 2 });
  });

  it('twice: a call that ignores its signal is left alone after 5 s', async () => {
    const b = bench();
    b.engine.script = () =>
      new Promise(() => {
        b.abort.abort();
      });
    const result = await b.apply(planOf([step('create a')], [planned('a')]));
    expect(result.outcome).toBe('interrupted');
    expect(b.clock.elapsed()).toBeGreaterThanOrEqual(5000);
    expect(b.clock.elapsed()).toBeLessThan(8000);
  });

  it('twice: a call that came to its end all the same is recorded', async () => {
    const b = bench();
    b.engine.script = () => b.abort.abort();
    await b.apply(planOf([step('create a')], [planned('a')]));
    expect(b.session.snapshot.workloads['a']).toMatchObject({ handle: { key: 'a@1' } });
    expect(b.session.intents.size).toBe(0);
  });
});

describe('an engine call that takes long', () => {
  it('says every 10 s what it waits for, and is ended by its deadline', async () => {
    const b = bench({ workloads: { a: record('a', { stop: { gracePeriod: 5 } }) } });
    b.engine.script = (_call, _target, context) => {
      context.progress('sent SIGTERM');
      return new Promise((_, reject) => {
        context.signal.addEventListener('abort', () => reject(new Error('aborted')));
      });
    };
    const result = await b.apply(planOf([step('stop a')]));
    const progress = b.events.flatMap((event) => (event.type === 'step_progress' ? [event.message] : []));
    expect(progress).toEqual([
      'sent SIGTERM',
      'waiting for stop: sent SIGTERM (10 s of at most 35 s)',
      'waiting for stop: sent SIGTERM (20 s of at most 35 s)',
      'waiting for stop: sent SIGTERM (30 s of at most 35 s)',
    ]);
    expect(result.steps[0]?.error).toEqual({
      code: 'PJ4006',
      message: 'stop of a did not end within 35 s, last heard: sent SIGTERM',
    });
    expect(b.session.snapshot.workloads['a']).toMatchObject({ state: 'FAILED' });
  });
});

describe('what is refused before anything is done', () => {
  it.each([0, -1, 1.5, Number.NaN])('parallelism %d', async (parallelism) => {
    const b = bench();
    await expect(b.apply(planOf([]), { parallelism })).rejects.toMatchObject({ code: 'PJ4013' });
  });

  it('a plan whose digests were made with another key', async () => {
    const b = bench();
    await expect(b.apply({ ...planOf([]), digestKeyId: 'other' })).rejects.toMatchObject({ code: 'PJ4010' });
  });

  it('a plan with steps that wait for each other', async () => {
    const b = bench({ workloads: { a: record('a') } });
    const steps = [step('stop a', ['destroy a']), step('destroy a', ['stop a'])];
    await expect(b.apply(planOf(steps))).rejects.toMatchObject({ code: 'PJ4001' });
    expect(b.session.journal).toEqual([]);
  });
});

describe('a large plan', () => {
  it('of 10,000 steps costs the same per step as one of 1,000', async () => {
    /** Records and appends are counted, as time on a shared machine tells nothing. */
    async function cost(workloads: number): Promise<number> {
      const b = bench();
      const ids = Array.from({ length: workloads }, (_, i) => `w${i}`);
      let looks = 0;
      const { workloads: records } = b.session.snapshot;
      Object.defineProperty(b.session, 'snapshot', {
        value: {
          ...b.session.snapshot,
          get workloads() {
            looks += 1;
            return records;
          },
        },
      });
      const steps = ids.flatMap((id, i) => newOne(id, i < 100 ? [] : [`start w${i - 100}`]));
      const result = await b.apply(
        planOf(
          steps,
          ids.map((id) => planned(id)),
          ids.map((id) => change(id, 'create')),
        ),
      );
      expect(result.summary.add).toBe(workloads);
      expect(b.engine.mostAtOnce).toBe(10);
      return looks + b.session.journal.length + b.events.length;
    }
    const [small, large] = [await cost(500), await cost(5000)];
    expect(large).toBeLessThanOrEqual(small * 10.1);
  });
});

describe('an application with a thread that nothing can end', () => {
  const app = () => record('app', { java: { mainClass: 'demo.Main', host: 'jvm.default' } });
  const deaf = new PjError('PJ5605', { id: 'app', host: 'jvm.default', threads: 'pool-1 at demo.Main.spin' });
  const scene = () => {
    const b = bench({ workloads: { app: app(), 'jvm.default': record('jvm.default') } });
    b.engine.script = (call) => {
      if (call === 'stop app@1') throw deaf;
    };
    return b;
  };

  it('ends with its JVM where that is stopped next: a warning, no more', async () => {
    const b = scene();
    const steps = [
      step('stop app'),
      step('stop jvm.default', ['stop app']),
      step('start jvm.default', ['stop jvm.default']),
      step('start app', ['start jvm.default', 'stop app']),
    ];
    const result = await b.apply(planOf(steps, [], [change('app', 'restart'), change('jvm.default', 'restart')]));
    expect(result.outcome).toBe('ok');
    expect(b.engine.calls).toEqual(['stop app@1', 'stop jvm.default@1', 'start jvm.default@1', 'start app@1']);
    const [warned] = b.events.filter((event) => event.type === 'diagnostic');
    expect(warned).toMatchObject({ severity: 'warning', code: 'PJ5605', workload: 'app' });
  });

  it('fails where its JVM runs on, or what failed is something else', async () => {
    const alone = await scene().apply(planOf([step('stop app')], [], [change('app', 'stop')]));
    expect(alone.outcome).not.toBe('ok');
    const b = scene();
    b.engine.script = () => {
      throw new PjError('PJ5603', { host: 'jvm.default', reason: 'refused' });
    };
    const both = await b.apply(planOf([step('stop app'), step('stop jvm.default', ['stop app'])]));
    expect(both.outcome).not.toBe('ok');
    expect(b.engine.calls).toEqual(['stop app@1']);
  });
});
