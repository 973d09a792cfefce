import { afterEach, expect, test } from 'vitest';
import type { StepAction } from '../../src/model/plan.ts';
import type { Identity, WorkloadRecord } from '../../src/model/record.ts';
import type { PendingIntent } from '../../src/state/contract.ts';
import { previewRecovery, recover } from '../../src/state/recovery.ts';
import { type FoundInstance, settle } from '../../src/state/settle.ts';
import { project, record, seed, step, store } from './samples.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
});
async function fresh(): Promise<string> {
  const { dir, clean } = await project();
  cleanups.push(clean);
  return dir;
}

const AT = '2026-03-03T00:00:00.000Z';
const now = (): Date => new Date(AT);
const handle = { pid: 99 };
const seen = (changes: Partial<FoundInstance> = {}): FoundInstance => ({
  handle,
  attributes: { pid: 99 },
  status: 'running',
  whole: true,
  ...changes,
});
const checked = { healthCheck: { type: 'tcp' as const, port: 80 } };

type Case = [
  what: string,
  action: StepAction,
  records: { before: WorkloadRecord | null; after: WorkloadRecord | null; generation?: number },
  found: FoundInstance | undefined,
  verdict: string,
  expected: object | null,
];
const stopped = record('web', { state: 'STOPPED' });
const running = record('web', { state: 'RUNNING' });
const created = { before: null, after: record('web', { handle: null }) };
const started = { before: stopped, after: running };
const old = { generation: 1, provider: 'native', spec: {}, handle: { pid: 1 } };
const beside = record('web', { generation: 2, state: 'RUNNING', deposed: [old] });
const { deposed: _, ...alone } = beside;

test.each<Case>([
  ['create: nothing there', 'create', created, undefined, 'not-done', null],
  ['create: said to be gone', 'create', created, seen({ status: 'gone' }), 'not-done', null],
  [
    'create: made',
    'create',
    created,
    seen({ status: 'stopped' }),
    'adopted',
    { state: 'DEPLOYED', handle, attributes: { pid: 99, address: '127.0.0.1' }, updatedAt: AT },
  ],
  [
    'create: made and started',
    'create',
    { before: null, after: record('web', { spec: checked }) },
    seen(),
    'adopted',
    { state: 'RUNNING', health: 'starting' },
  ],
  [
    'create: half made',
    'create',
    created,
    seen({ whole: false }),
    'cleaned',
    { state: 'FAILED', handle, lastError: { code: 'PJ3040' } },
  ],
  [
    'create: made from another spec',
    'create',
    created,
    seen({ specDigest: 'other' }),
    'cleaned',
    { state: 'FAILED', handle },
  ],
  [
    'create: the one from before is there',
    'create',
    { before: running, after: record('web') },
    seen({ specDigest: 'other' }),
    'not-done',
    running,
  ],
  [
    'create beside: half made',
    'create',
    { before: running, after: beside, generation: 2 },
    seen({ whole: false }),
    'cleaned',
    { generation: 2, state: 'FAILED', deposed: [old], handle },
  ],
  ['start: runs', 'start', started, seen(), 'done', { state: 'RUNNING', health: 'none', handle }],
  [
    'start: runs, with a health check',
    'start',
    { ...started, after: record('web', { spec: checked }) },
    seen(),
    'done',
    { state: 'RUNNING', health: 'starting' },
  ],
  ['start: not started', 'start', started, seen({ status: 'stopped' }), 'not-done', stopped],
  ['start: gone', 'start', started, undefined, 'not-done', stopped],
  [
    'start: a job that has ended well',
    'start',
    started,
    seen({ status: 'completed' }),
    'done',
    { state: 'STOPPED', completed: true },
  ],
  [
    'start: has died since',
    'start',
    started,
    seen({ status: 'dead' }),
    'cleaned',
    { state: 'FAILED', handle, lastError: { code: 'PJ3040' } },
  ],
  ['stop: still runs', 'stop', { before: running, after: stopped }, seen(), 'not-done', running],
  [
    'stop: stopped',
    'stop',
    { before: running, after: stopped },
    seen({ status: 'stopped' }),
    'done',
    { state: 'STOPPED', health: 'none', handle },
  ],
  ['stop: nothing left', 'stop', { before: running, after: stopped }, undefined, 'done', { state: 'STOPPED' }],
  ['stop of a deposed one: still runs', 'stop', { before: beside, after: beside }, seen(), 'not-done', beside],
  [
    'stop of a deposed one: stopped',
    'stop',
    { before: beside, after: beside },
    seen({ status: 'stopped' }),
    'done',
    { state: 'RUNNING', handle: beside.handle },
  ],
  [
    'update: has the new spec',
    'update',
    { before: running, after: running },
    seen({ specDigest: 'digest' }),
    'done',
    { state: 'RUNNING', handle },
  ],
  [
    'update: has the old spec',
    'update',
    { before: running, after: running },
    seen({ specDigest: 'other' }),
    'not-done',
    { state: 'RUNNING', handle: running.handle, lastError: { code: 'PJ3040' } },
  ],
  [
    'update: cannot be told',
    'update',
    { before: running, after: running },
    seen(),
    'not-done',
    { lastError: { code: 'PJ3040' } },
  ],
  ['update: gone', 'update', { before: running, after: running }, undefined, 'not-done', running],
  ['destroy: gone', 'destroy', { before: stopped, after: null }, undefined, 'done', null],
  [
    'destroy: still there',
    'destroy',
    { before: stopped, after: null },
    seen({ status: 'stopped' }),
    'not-done',
    stopped,
  ],
  [
    'destroy: half removed',
    'destroy',
    { before: stopped, after: null },
    seen({ whole: false, status: 'stopped' }),
    'cleaned',
    { state: 'FAILED', handle },
  ],
  [
    'destroy of a deposed one: gone',
    'destroy',
    { before: beside, after: alone },
    undefined,
    'done',
    { ...alone, updatedAt: AT },
  ],
  ['destroy of a deposed one: still there', 'destroy', { before: beside, after: alone }, seen(), 'not-done', beside],
  [
    'pause: paused',
    'pause',
    { before: running, after: record('web', { state: 'PAUSED' }) },
    seen({ status: 'paused' }),
    'done',
    { state: 'PAUSED' },
  ],
  [
    'pause: runs on',
    'pause',
    { before: running, after: record('web', { state: 'PAUSED' }) },
    seen(),
    'not-done',
    running,
  ],
  [
    'resume: runs',
    'resume',
    { before: record('web', { state: 'PAUSED' }), after: running },
    seen(),
    'done',
    { state: 'RUNNING' },
  ],
  [
    'resume: still paused',
    'resume',
    { before: record('web', { state: 'PAUSED' }), after: running },
    seen({ status: 'paused' }),
    'not-done',
    { state: 'PAUSED' },
  ],
])('%s', async (_name, action, { before, after, generation = 1 }, found, verdict, expected) => {
  const intent: PendingIntent = { step: step(action, 'web', generation), before, after, specDigest: 'digest', at: AT };
  const settlement = settle(intent, found, AT);
  expect(settlement.verdict).toBe(verdict);
  if (expected === null) expect(settlement.record).toBeNull();
  else expect(settlement.record).toMatchObject(expected);
  // The state takes it: no transition that the table forbids, no broken invariant.
  const dir = await fresh();
  if (before !== null) await seed(dir, before);
  const session = await store(dir).session();
  await session.outcome(intent.step, { ok: true, record: settlement.record });
  await session.close();
});

/** A project in which a run was killed that had told these intents. */
async function interrupted(intents: Omit<PendingIntent, 'at'>[], ...records: WorkloadRecord[]): Promise<string> {
  const dir = await fresh();
  await seed(dir, ...records);
  const session = await store(dir).session();
  for (const intent of intents) await session.intent(intent);
  await session.close();
  return dir;
}

test('asks each provider by identity, settles what it can, and keeps what it cannot', async () => {
  const dir = await interrupted(
    [
      { step: step('create', 'db'), before: null, after: record('db', { handle: null }), specDigest: 'd' },
      { step: step('wait', 'web'), before: running, after: running },
      { step: step('create', 'far'), before: null, after: record('far', { provider: 'container' }) },
      {
        step: step('destroy', 'site', 1),
        before: { ...beside, id: 'site', provider: 'vm' },
        after: { ...alone, id: 'site', provider: 'vm' },
      },
    ],
    running,
    { ...beside, id: 'site', provider: 'vm' },
  );
  const asked: [string, Identity][] = [];
  const find = async (provider: string, identity: Identity): Promise<FoundInstance | undefined> => {
    asked.push([provider, identity]);
    if (provider === 'container') throw new Error('dockerd does not answer');
    return identity.id === 'db' ? seen({ specDigest: 'd', status: 'stopped' }) : undefined;
  };
  const loaded = await store(dir).load();
  const preview = await previewRecovery(loaded, { project: 'shop', find, now });
  expect(preview.snapshot?.workloads).toMatchObject({ db: { state: 'DEPLOYED', handle }, site: { generation: 2 } });
  expect(preview.snapshot?.workloads['site']?.deposed).toBeUndefined();
  expect(preview.unsettled.map(({ intent }) => intent.step.id)).toEqual(['create far']);
  // Nothing was written, nor changed in what was given.
  expect(await store(dir).load()).toEqual(loaded);
  expect(loaded.snapshot?.workloads['db']).toBeUndefined();

  asked.length = 0;
  const here = store(dir);
  const session = await here.session();
  const lineage = session.snapshot.lineage;
  const { settled, unsettled } = await recover(session, { project: 'shop', find, now }, (event) =>
    here.events.push(event),
  );
  expect(asked).toEqual([
    ['native', { project: 'shop', lineage, id: 'db', generation: 1 }],
    ['container', { project: 'shop', lineage, id: 'far', generation: 1 }],
    // The deposed instance has a provider of its own.
    ['native', { project: 'shop', lineage, id: 'site', generation: 1 }],
  ]);
  expect(settled).toHaveLength(3);
  expect(unsettled.map(({ error }) => error.code)).toEqual(['PJ3041']);
  expect(here.events).toMatchObject([
    { type: 'recovered', workload: 'db', action: 'create', verdict: 'adopted', detail: 'create db: it was made' },
    { type: 'recovered', workload: 'web', action: 'wait', verdict: 'not-done' },
    { type: 'recovered', workload: 'site', action: 'destroy', verdict: 'done' },
    {
      type: 'diagnostic',
      severity: 'warning',
      code: 'PJ3041',
      summary: expect.stringContaining('dockerd does not answer'),
      workload: 'far',
    },
  ]);
  expect(session.snapshot.workloads).toEqual(preview.snapshot?.workloads);
  await session.close();
  const after = await store(dir).load();
  expect(after.pending.map((intent) => intent.step.id)).toEqual(['create far']);
  expect(after.snapshot?.workloads['db']?.handle).toEqual(handle);
});

test('a run that is killed in the middle of recovery is recovered by the next one', async () => {
  const ids = ['a', 'b', 'c'];
  const dir = await interrupted(
    ids.map((id) => ({ step: step('create', id), before: null, after: record(id, { handle: null }) })),
  );
  const find = async (): Promise<FoundInstance> => seen({ status: 'stopped' });
  let appends = 0;
  const fault = (point: string): void => {
    if (point === 'journal.write' && ++appends === 2) throw Object.assign(new Error('gone'), { code: 'EIO' });
  };
  const session = await store(dir, { fault }).session();
  await expect(recover(session, { project: 'p', find, now }, () => undefined)).rejects.toMatchObject({
    code: 'PJ3021',
  });
  await session.close();
  const next = await store(dir).session();
  await recover(next, { project: 'p', find, now }, () => undefined);
  expect(next.pending).toEqual([]);
  await next.close();
  expect(Object.keys((await store(dir).load()).snapshot?.workloads ?? {}).sort()).toEqual(ids);
});

test('without interrupted steps a preview is the state itself, and asks nobody', async () => {
  const dir = await fresh();
  const find = (): Promise<never> => Promise.reject(new Error('asked'));
  expect(await previewRecovery(await store(dir).load(), { project: 'p', find, now })).toEqual({
    settled: [],
    unsettled: [],
  });
  await seed(dir, record('web'));
  const loaded = await store(dir).load();
  expect((await previewRecovery(loaded, { project: 'p', find, now })).snapshot).toBe(loaded.snapshot);
});
