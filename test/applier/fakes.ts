import { createHash } from 'node:crypto';
import { apply } from '../../src/applier/apply.ts';
import type { ApplyInput, Clock, Probe } from '../../src/applier/contract.ts';
import type { ApplyResult, Event } from '../../src/model/event.ts';
import { canonical, type Json, type JsonObject } from '../../src/model/json.ts';
import type { Observed } from '../../src/model/observed.ts';
import type { Difference, Plan, PlannedWorkload, Step, WorkloadChange } from '../../src/model/plan.ts';
import type { Snapshot, WorkloadRecord } from '../../src/model/record.ts';
import type { Spec } from '../../src/model/spec.ts';
import type { Part } from '../../src/model/template.ts';
import { DEFAULT_LIFECYCLE } from '../../src/model/workload.ts';
import type { CallContext, Made, Provider, Target } from '../../src/providers/contract.ts';
import type { PendingIntent, StateSession } from '../../src/state/contract.ts';
import type { SensitiveValues } from '../../src/values/contract.ts';
import { runningRecord } from '../support/records.ts';

// Fakes, as failures and their timing must be scripted: an engine in memory, a state in memory, a clock that is wound by hand.

/** A clock that moves only when everything else has come to rest: the next sleeper is woken then. */
export interface FakeClock extends Clock {
  /** Milliseconds since it was made. */
  elapsed(): number;
}

export function fakeClock(): FakeClock {
  let time = 0;
  let winding = false;
  const sleepers = new Set<{ at: number; wake: () => void }>();
  // Several turns of the event loop without news mean that all wait for the clock.
  const wind = async (): Promise<void> => {
    if (winding) return;
    winding = true;
    while (sleepers.size > 0) {
      for (let turn = 0; turn < 8; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      const next = [...sleepers].sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      time = Math.max(time, next.at);
      next.wake();
    }
    winding = false;
  };
  return {
    now: () => new Date(Date.UTC(2026, 0, 1) + time),
    monotonic: () => time,
    elapsed: () => time,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const sleeper = {
          at: time + ms,
          wake: () => {
            sleepers.delete(sleeper);
            signal?.removeEventListener('abort', sleeper.wake);
            resolve();
          },
        };
        signal?.addEventListener('abort', sleeper.wake, { once: true });
        sleepers.add(sleeper);
        void wind();
      }),
  };
}

export interface FakeInstance {
  spec: Spec;
  specDigest: string;
  status: Observed['status'];
  detail?: string;
  restarting?: boolean;
}

/** An engine in memory. `script` is called before each action and may throw, wait, or look. */
export interface FakeEngine {
  provider: Provider;
  /** By `ID@GENERATION`. */
  instances: Map<string, FakeInstance>;
  /** `start web@0` in the order in which the calls began. */
  calls: string[];
  paths: Map<string, string[]>;
  running: number;
  mostAtOnce: number;
  script: (call: string, target: Target, context: CallContext) => Promise<void> | void;
  attributes: (target: Target) => JsonObject;
}

export function fakeEngine(name = 'fake'): FakeEngine {
  const engine: FakeEngine = {
    provider: undefined as unknown as Provider,
    instances: new Map(),
    calls: [],
    paths: new Map(),
    running: 0,
    mostAtOnce: 0,
    script: () => undefined,
    attributes: (target) => ({ address: `addr-${target.identity.id}`, ports: { '80': 8080 } }),
  };
  const key = (target: Target) => `${target.identity.id}@${target.identity.generation}`;
  const made = (target: Target): Made => ({ handle: { key: key(target) }, attributes: engine.attributes(target) });
  const act = async <T>(action: string, target: Target, context: CallContext, then: () => T): Promise<T> => {
    const call = `${action} ${key(target)}`;
    engine.calls.push(call);
    engine.running += 1;
    engine.mostAtOnce = Math.max(engine.mostAtOnce, engine.running);
    try {
      await engine.script(call, target, context);
      return then();
    } finally {
      engine.running -= 1;
    }
  };
  const set = (target: Target, status: Observed['status']) => {
    const { spec, specDigest } = target;
    engine.instances.set(key(target), { spec, specDigest, status });
    return made(target);
  };
  const become = (target: Target, status: Observed['status']) => {
    const here = engine.instances.get(key(target));
    if (here !== undefined) here.status = status;
  };
  engine.provider = {
    name,
    kind: 'native',
    capabilities: { pause: true, logs: false, exec: false, import: false, sideBySide: true },
    probe: async () => ({ usable: true, engine: 'fake', version: '1', notes: [] }),
    check: async () => new Map(),
    classify: () => ({ updateClass: 'restart', reason: 'fake' }),
    find: async () => undefined,
    list: async () => [],
    read: async (records) =>
      records.map((record) => {
        const here = engine.instances.get(`${record.id}@${record.generation}`);
        return {
          id: record.id,
          status: here?.status ?? 'gone',
          fields: {},
          attributes: record.attributes,
          handle: record.handle,
          ...(here?.detail === undefined ? {} : { detail: here.detail }),
          ...(here?.restarting === undefined ? {} : { restarting: here.restarting }),
        };
      }),
    create: (target, context) => act('create', target, context, () => set(target, 'stopped')),
    start: (target, context) => act('start', target, context, () => set(target, 'running')),
    stop: (target, context) => act('stop', target, context, () => become(target, 'stopped')),
    update: (target, paths, context) =>
      act('update', target, context, () => {
        engine.paths.set(key(target), paths);
        const status = engine.instances.get(key(target))?.status ?? 'stopped';
        return set(target, status);
      }),
    destroy: (target, _options, context) =>
      act('destroy', target, context, () => void engine.instances.delete(key(target))),
    pause: (target, context) => act('pause', target, context, () => become(target, 'paused')),
    resume: (target, context) => act('resume', target, context, () => become(target, 'running')),
  };
  return engine;
}

export interface FakeSession extends StateSession {
  journal: string[];
  intents: Map<string, Omit<PendingIntent, 'at'>>;
  /** Throws to stand for a full disk. */
  onAppend: (line: string) => void;
}

export function fakeSession(workloads: Record<string, WorkloadRecord> = {}): FakeSession {
  const snapshot: Snapshot = { version: 1, lineage: 'lineage', serial: 1, pjVersion: '0', workloads: { ...workloads } };
  const session: FakeSession = {
    snapshot,
    pending: [],
    journal: [],
    intents: new Map(),
    onAppend: () => undefined,
    intent: async (intent) => {
      session.onAppend(`intent ${intent.step.id}`);
      session.journal.push(`intent ${intent.step.id}`);
      session.intents.set(intent.step.id, intent);
    },
    outcome: async (step, { ok, record }) => {
      session.onAppend(`outcome ${step.id}`);
      session.journal.push(`${ok ? 'done' : 'failed'} ${step.id}`);
      session.intents.delete(step.id);
      await session.put(step.workload, record);
    },
    put: async (id, record) => {
      if (record === null) delete snapshot.workloads[id];
      else snapshot.workloads[id] = record;
    },
    move: async (from, to) => {
      const record = snapshot.workloads[from];
      if (record === undefined) return;
      delete snapshot.workloads[from];
      snapshot.workloads[to] = { ...record, id: to };
    },
    audit: async () => undefined,
    close: async () => undefined,
  };
  return session;
}

/** Values by `secret.NAME`; the digest is a plain hash. */
export function fakeValues(secrets: Record<string, Json> = {}): SensitiveValues & { prepared: string[] } {
  const prepared: string[] = [];
  const name = (part: Exclude<Part, string>) => Object.entries(part).map(([kind, one]) => `${kind}.${String(one)}`)[0];
  return {
    prepared,
    keyId: 'key',
    prepare: async (templates) => {
      for (const part of templates.flat()) if (typeof part === 'object') prepared.push(name(part) ?? '');
    },
    lookup: (part) => ('workload' in part ? undefined : secrets[name(part) ?? '']),
    digest: (value) => createHash('sha256').update(canonical(value)).digest('hex'),
    redact: (text) =>
      Object.values(secrets).reduce<string>((out, value) => out.replaceAll(String(value), '(sensitive)'), text),
    sources: () => ({}),
  };
}

export const digestOf = (value: Json): string => fakeValues().digest(value);

export function planned(id: string, spec: Spec = {}, more: Partial<PlannedWorkload> = {}): PlannedWorkload {
  return {
    id,
    kind: 'native',
    provider: 'fake',
    dependencies: [],
    desiredState: 'running',
    lifecycle: DEFAULT_LIFECYCLE,
    spec,
    ...more,
  };
}

export const record = (id: string, spec: Spec = {}, more: Partial<WorkloadRecord> = {}): WorkloadRecord =>
  runningRecord({
    id,
    kind: 'native',
    provider: 'fake',
    spec,
    handle: { key: `${id}@1` },
    attributes: { address: `addr-${id}`, ports: { '80': 8080 } },
    ...more,
  });

/** `step('start web', ['create web'])`; `destroy web@1` names a generation. */
export function step(id: string, dependsOn: string[] = [], more: Partial<Step> = {}): Step {
  const [action = '', target = ''] = id.split(' ');
  const [workload = '', generation] = target.split('@');
  return {
    id,
    workload,
    action: action as Step['action'],
    generation: generation === undefined ? 1 : Number(generation),
    dependsOn,
    cause: { type: 'configured' },
    ...(action === 'wait' ? { condition: 'healthy' as const } : {}),
    ...more,
  };
}

export function change(
  id: string,
  action: WorkloadChange['action'],
  more: Partial<WorkloadChange> = {},
): WorkloadChange {
  return {
    id,
    kind: 'native',
    provider: 'fake',
    action,
    causes: [],
    differences: [],
    forcedBy: [],
    downtime: false,
    dataLoss: [],
    steps: [],
    before: null,
    after: null,
    ...more,
  };
}

export function difference(path: string, updateClass: Difference['updateClass'] = 'restart'): Difference {
  return { path, before: 'old', after: 'new', cause: { type: 'configured' }, updateClass, reason: 'fake' };
}

export function planOf(steps: Step[], workloads: PlannedWorkload[] = [], changes: WorkloadChange[] = []): Plan {
  return {
    formatVersion: 1,
    pjVersion: '0',
    mode: 'apply',
    project: 'project',
    lineage: 'lineage',
    serial: 1,
    options: {
      mode: 'apply',
      targets: [],
      excludes: [],
      replace: [],
      allowDataLoss: false,
      destroyVolumes: false,
      refresh: true,
      prune: false,
    },
    workloads: Object.fromEntries(workloads.map((one) => [one.id, one])),
    changes,
    drift: [],
    orphans: [],
    steps,
    waves: [],
    observedDigests: {},
    sensitiveSources: {},
    moved: [],
    warnings: [],
    summary: { add: 0, change: 0, destroy: 0, forget: 0 },
  };
}

/** A run of the applier on fakes, with everything that a test may look at afterwards. */
export interface Bench {
  engine: FakeEngine;
  session: FakeSession;
  clock: FakeClock;
  events: Event[];
  drain: AbortController;
  abort: AbortController;
  values: SensitiveValues & { prepared: string[] };
  apply(plan: Plan, more?: Partial<ApplyInput>): Promise<ApplyResult>;
}

export function bench(
  options: { workloads?: Record<string, WorkloadRecord>; secrets?: Record<string, Json>; probe?: Probe } = {},
): Bench {
  const engine = fakeEngine();
  const session = fakeSession(options.workloads);
  for (const one of Object.values(options.workloads ?? {})) {
    if (one.handle === null) continue;
    const status = one.state === 'RUNNING' ? 'running' : one.state === 'PAUSED' ? 'paused' : 'stopped';
    engine.instances.set(`${one.id}@${one.generation}`, { spec: one.spec, specDigest: '', status });
    for (const old of one.deposed ?? []) {
      engine.instances.set(`${one.id}@${old.generation}`, { spec: old.spec, specDigest: '', status: 'running' });
    }
  }
  const clock = fakeClock();
  const events: Event[] = [];
  const drain = new AbortController();
  const abort = new AbortController();
  const values = fakeValues(options.secrets);
  return {
    engine,
    session,
    clock,
    events,
    drain,
    abort,
    values,
    apply: (plan, more = {}) =>
      apply({
        plan,
        session,
        provider: async () => engine.provider,
        values,
        probe: options.probe ?? (async () => ({ healthy: true })),
        clock,
        emit: (event) => events.push(event),
        parallelism: 10,
        rollback: false,
        drain: drain.signal,
        abort: abort.signal,
        ...more,
      }),
  };
}

/** `step_start start web`, `rollback web start`, … in order. */
export function told(events: readonly Event[]): string[] {
  return events.map((event) => {
    if ('step' in event) return `${event.type} ${event.step.id}`;
    if (event.type === 'rollback') return `rollback ${event.workload} ${event.phase}`;
    return event.type;
  });
}

/** `{ 'start web': 'done' }`. */
export function fates(result: ApplyResult): Record<string, string> {
  return Object.fromEntries(result.steps.map((one) => [one.step, one.outcome]));
}
