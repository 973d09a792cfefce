import { afterEach, beforeEach, expect, it } from 'vitest';
import { families } from '../../../../src/agent/awake/metrics/families.ts';
import { OWN } from '../../../../src/agent/awake/metrics/own-families.ts';
import { shareCounts } from '../../../../src/agent/awake/metrics/shared-counts.ts';
import { count, emptyTally, type Tally } from '../../../../src/agent/awake/metrics/tally.ts';
import { openReadings } from '../../../../src/agent/awake/telemetry/readings.ts';
import type { ActivityEvent } from '../../../../src/model/awake.ts';
import { Points } from '../../../../src/telemetry/points.ts';
import { FULL, Ground } from '../metrics/ground.ts';

let ground: Ground;
let tally: Tally;
beforeEach(() => {
  ground = new Ground();
  tally = emptyTally();
});
afterEach(() => ground.clear());

/** Points of one metric as `[attributes beside whose it is, value]`. */
function points(name: string): [Record<string, unknown>, unknown][] {
  const reading = openReadings(ground.awake(), () => tally)().find((one) => one.name === name);
  return (reading?.points ?? []).map((point) => {
    const { 'pj.project': project, ...attributes } = point.attributes;
    expect(project).toBe('shop');
    for (const whose of ['id', 'kind', 'provider']) delete attributes[`pj.workload.${whose}`];
    return [attributes, 'value' in point ? point.value : point.count];
  });
}

const event = (type: ActivityEvent['type'], data: ActivityEvent['data'], workload?: string): ActivityEvent => ({
  ...{ at: '2026-11-29T00:00:00.000Z', type, severity: 'info', message: '', ...(data === undefined ? {} : { data }) },
  ...(workload === undefined ? {} : { workload }),
});

it('whatever Prometheus is told of, a collector is told of too, but what the architecture document has once more', () => {
  const missing = families(tally).filter(({ otel, group }) => otel === undefined && group !== 'document');
  expect(missing.map(({ name }) => name)).toEqual([]);
  const own = OWN.map(({ otel }) => otel.name);
  expect(new Set(own).size).toBe(own.length);
});

it('families that share a name differ in attributes, and have one unit and type', () => {
  const seen = new Map<string, string>();
  for (const { otel, type } of families(tally)) {
    if (otel === undefined) continue;
    const before = seen.get(otel.name);
    expect(`${otel.unit} ${type}`).toBe(before ?? `${otel.unit} ${type}`);
    if (before !== undefined) expect(otel.attributes).toBeDefined();
    seen.set(otel.name, `${otel.unit} ${type}`);
  }
});

it('state, health, quotas and what was done about them, restarts and OOM kills of a workload', () => {
  const resources = { cpu: 2, memory: 4 << 20 };
  ground.add('web', 'native', { spec: { resources }, health: 'healthy' }, { ...FULL, cpu: 1 });
  ground.about.set('web', { health: 'unhealthy', flapping: true });
  const quota = { resource: 'cpu', action: 'KILL' };
  count(tally, event('quota_violated', quota, 'web'));
  count(tally, event('quota_violated', quota, 'web'));
  count(tally, event('quota_action', quota, 'web'));
  expect(points('pj.workload.state').filter(([, value]) => value === 1)).toEqual([[{ 'pj.state': 'RUNNING' }, 1]]);
  expect(points('pj.workload.state')).toHaveLength(7);
  expect(points('pj.workload.health')).toEqual([[{}, 0]]);
  expect(points('pj.workload.flapping')).toEqual([[{}, 1]]);
  expect(points('pj.workload.up')).toEqual([[{}, 1]]);
  expect(points('pj.workload.should_run')).toEqual([[{}, 1]]);
  expect(points('pj.workload.restarts')).toEqual([[{}, 1]]);
  expect(points('pj.workload.oom_kills')).toEqual([[{}, 2]]);
  expect(points('pj.workload.cpu.limit')).toEqual([[{}, 2]]);
  expect(points('pj.workload.memory.limit')).toEqual([[{}, 64 << 20]]);
  expect(points('pj.workload.quota.limit')).toEqual([
    [{ 'pj.resource': 'cpu' }, 2],
    [{ 'pj.resource': 'memory' }, 4 << 20],
  ]);
  expect(points('pj.workload.quota.usage_ratio')).toEqual([
    [{ 'pj.resource': 'cpu' }, 0.5],
    [{ 'pj.resource': 'memory' }, 0.5],
  ]);
  const attributes = { 'pj.resource': 'cpu', 'pj.action': 'KILL' };
  expect(points('pj.workload.quota.violations')).toEqual([[attributes, 2]]);
  expect(points('pj.workload.quota.actions')).toEqual([[attributes, 1]]);
  expect(points('pj.workload.disk.io')).toEqual([
    [{ 'disk.io.direction': 'read' }, 10],
    [{ 'disk.io.direction': 'write' }, 20],
  ]);
});

it('what counts over instances is not added again with each; what an instance counts goes on', () => {
  ground.add('web', 'native', {}, { ...FULL, restarts: 4 });
  const quota = { resource: 'cpu', action: 'KILL' };
  for (let i = 0; i < 5; i += 1)
    for (const type of ['quota_violated', 'quota_action'] as const) count(tally, event(type, quota, 'web'));
  const read = openReadings(ground.awake(), () => tally);
  const sent = new Points();
  const told = (instance: string) => {
    ground.instances.set('web', instance);
    const metrics = sent.of(read(), Date.now());
    return ['quota.violations', 'quota.actions', 'restarts'].map(
      (name) => metrics.find(({ descriptor }) => descriptor.name === `pj.workload.${name}`)?.dataPoints[0]?.value,
    );
  };
  expect(told('a')).toEqual([5, 5, 4]);
  expect(told('a')).toEqual([5, 5, 4]);
  expect(told('b')).toEqual([5, 5, 8]);
  count(tally, event('quota_violated', quota, 'web'));
  expect(told('c')).toEqual([6, 5, 12]);
});

it('each count says since when it counts: the tally by what was kept, a run by its start, what the agent counts by its own; nothing else', () => {
  const startedAt = '2026-11-28T00:00:00.000Z';
  ground.add('web', 'container', {}, { ...FULL, startedAt });
  ground.add('new', 'container', {}, { cpuSeconds: 1 });
  // Its agent starts it again in the same group, whose counters go on.
  ground.add('worker', 'native', {}, { cpuSeconds: 1, startedAt });
  count(tally, event('lock_waited', { seconds: 3 }));
  const early = Date.parse('2026-11-29T00:00:00.000Z') - 1;
  const quota = {
    ...event('quota_violated', { resource: 'cpu', action: 'KILL' }, 'web'),
    at: '2026-11-29T07:00:00.000Z',
  };
  count(tally, quota);
  const since = new Map(
    openReadings(ground.awake(), () => tally)().map(({ name, type, points }) => [
      name,
      { type, of: points.map((point) => (point as { since?: number }).since) },
    ]),
  );
  const run = Date.parse(startedAt);
  for (const name of ['cpu.time', 'cpu.throttled.time', 'network.io', 'disk.io'])
    expect(since.get(`pj.workload.${name}`)?.of[0], name).toBe(run);
  expect(since.get('pj.workload.cpu.time')?.of).toEqual([run, undefined, undefined]);
  expect(since.get('pj.workload.quota.violations')?.of).toEqual([Date.parse('2026-11-29T07:00:00.000Z') - 1]);
  for (const name of ['restarts', 'oom_kills', 'jvm.gc.count', 'jvm.gc.time'])
    expect(since.get(`pj.workload.${name}`)?.of[0], name).toBeUndefined();
  for (const name of ['pj.events', 'pj.lock.wait', 'pj.apply.duration'])
    expect(new Set(since.get(name)?.of), name).toEqual(new Set([early]));
  for (const name of ['pj.samples', 'pj.agent.cpu.time'])
    expect(since.get(name)?.of, name).toEqual([performance.timeOrigin]);
  expect(since.get('pj.workload.memory.usage')?.of[0]).toBeUndefined();
});

it('drift, applies, plans, waits for the lock and what the agent did', () => {
  ground.drift = { at: '2026-11-29T00:00:00.000Z', workloads: ['web', 'db'] };
  count(tally, event('apply_complete', { outcome: 'ok', seconds: 2, actions: { create: 2 } }));
  count(tally, event('lock_waited', { seconds: 3 }));
  count(tally, event('step_failed', { action: 'start' }));
  count(tally, event('workload_restarted', {}, 'web'));
  expect(points('pj.drift.workloads')).toEqual([[{}, 2]]);
  expect(points('pj.apply.duration')).toContainEqual([{ 'pj.outcome': 'ok' }, 1]);
  expect(points('pj.lock.wait')).toEqual([[{}, 1]]);
  expect(points('pj.plan.actions')).toEqual([[{ 'pj.action': 'create' }, 2]]);
  expect(points('pj.steps')).toEqual([[{ 'pj.action': 'start', 'pj.outcome': 'failed' }, 1]]);
  expect(points('pj.agent.actions')).toEqual([[{ 'pj.action': 'restart' }, 1]]);
  expect(points('pj.events')).toContainEqual([{ 'pj.type': 'lock_waited' }, 1]);
});

it('Prometheus and a collector are told the same counts: one reads the events for both, to the end of the last', () => {
  const awake = ground.awake();
  const one = shareCounts(awake);
  const two = shareCounts(awake);
  expect(two.tally).toBe(one.tally);
  awake.activity.tell({ type: 'drift_found', severity: 'warning', message: 'x' });
  one.tick();
  two.tick();
  one.release();
  one.release();
  awake.activity.tell({ type: 'drift_found', severity: 'warning', message: 'x' });
  two.tick();
  expect(two.tally.events).toEqual({ drift_found: 2 });
  two.release();
  const later = shareCounts(awake);
  expect(later.tally.events).toEqual({ drift_found: 2 });
  later.release();
});
