import type { Json } from '../../src/model/json.ts';
import type {
  Cause,
  ChangeAction,
  Difference,
  Drift,
  Plan,
  PlannedWorkload,
  Step,
  StepAction,
  WorkloadChange,
} from '../../src/model/plan.ts';
import type { Spec } from '../../src/model/spec.ts';
import type { SensitiveLeaf, UnknownLeaf } from '../../src/model/template.ts';
import { DEFAULT_LIFECYCLE } from '../../src/model/workload.ts';

/** The moment that every test shows its plans at. */
export const NOW = new Date('2026-05-04T12:00:00Z');
export const minutesAgo = (minutes: number): string => new Date(NOW.getTime() - minutes * 60_000).toISOString();

export const CONFIGURED: Cause = { type: 'configured' };

export function secret(name: string, digest: string): SensitiveLeaf {
  return { $sensitive: { parts: [{ secret: name }], digest } };
}

export function unknown(workload: string, attribute: string): UnknownLeaf {
  return { $unknown: { parts: ['http://', { workload, attribute }], sensitive: false } };
}

/** Leaves may stand where the types of a spec want plain values. */
export function spec(value: { [key: string]: Json }): Spec {
  return value as Spec;
}

export function difference(path: string, more: Partial<Difference> = {}): Difference {
  return { path, cause: CONFIGURED, updateClass: 'live', reason: 'it can', ...more };
}

export function change(id: string, action: ChangeAction, more: Partial<WorkloadChange> = {}): WorkloadChange {
  return {
    id,
    kind: 'native',
    provider: 'native',
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

const STEPS: Record<ChangeAction, StepAction[]> = {
  'no-op': [],
  create: ['create', 'start'],
  update: ['update'],
  restart: ['stop', 'update', 'start'],
  replace: ['stop', 'destroy', 'create', 'start'],
  'create-before-destroy': ['create', 'start', 'stop', 'destroy'],
  delete: ['stop', 'destroy'],
  forget: ['forget'],
  start: ['start'],
  stop: ['stop'],
  pause: ['pause'],
  resume: ['resume'],
  wait: ['wait'],
};

/** A plan of these changes: steps one after another within a workload, side by side between workloads. */
export function planOf(changes: WorkloadChange[], more: Partial<Plan> = {}): Plan {
  const steps: Step[] = [];
  const waves: string[][] = [];
  const workloads: Record<string, PlannedWorkload> = {};
  const summary = { add: 0, change: 0, destroy: 0, forget: 0 };
  const sorted = [...changes].sort((a, b) => (a.id < b.id ? -1 : 1));
  const full = sorted.map((one) => {
    const ids: string[] = [];
    for (const [i, action] of STEPS[one.action].entries()) {
      const id = `${action} ${one.id}`;
      const before = ids.at(-1);
      steps.push({
        id,
        workload: one.id,
        action,
        generation: 1,
        dependsOn: before === undefined ? [] : [before],
        ...(action === 'wait' && { condition: 'healthy' as const }),
        cause: one.causes[0] ?? CONFIGURED,
      });
      ids.push(id);
      waves[i] = [...(waves[i] ?? []), id];
    }
    const made = one.action === 'replace' || one.action === 'create-before-destroy';
    if (one.action === 'create' || made) summary.add++;
    if (one.action === 'delete' || made) summary.destroy++;
    if (one.action === 'forget') summary.forget++;
    if (['update', 'restart', 'start', 'stop', 'pause', 'resume', 'wait'].includes(one.action)) summary.change++;
    if (one.after !== null && one.action !== 'no-op')
      workloads[one.id] = {
        id: one.id,
        kind: one.kind,
        provider: one.provider,
        dependencies: [],
        desiredState: 'running',
        lifecycle: DEFAULT_LIFECYCLE,
        spec: one.after,
      };
    return { ...one, steps: ids };
  });
  return {
    formatVersion: 1,
    pjVersion: '0.1.0',
    mode: 'apply',
    project: 'shop',
    lineage: 'c9e1f5f0-0000-4000-8000-000000000000',
    serial: 7,
    options: {
      mode: more.mode ?? 'apply',
      targets: [],
      excludes: [],
      replace: [],
      allowDataLoss: false,
      destroyVolumes: false,
      refresh: true,
      prune: false,
    },
    workloads,
    changes: full,
    drift: [],
    orphans: [],
    steps,
    waves,
    observedDigests: {},
    sensitiveSources: {},
    moved: [],
    warnings: [],
    summary,
    ...more,
  };
}

const node = (args: Json[], more: { [key: string]: Json } = {}): Spec =>
  spec({ native: { command: 'node', args }, ...more });

/** A plan with nearly everything in it. */
export function richPlan(): Plan {
  const drift: Drift[] = [
    {
      id: 'cache',
      kind: 'native',
      what: 'gone',
      differences: [],
      since: minutesAgo(3),
      before: node(['cache.js'], { resources: { memory: 268_435_456 } }),
    },
    {
      id: 'db',
      kind: 'native',
      what: 'changed',
      differences: [{ path: '/resources/cpu', before: 2, after: 8 }],
      before: node(['db.js'], { resources: { cpu: 2 } }),
    },
    {
      id: 'worker',
      kind: 'native',
      what: 'stopped',
      differences: [],
      since: minutesAgo(3),
      detail: 'exited 137 (SIGKILL)',
      before: node(['worker.js']),
    },
  ];
  return planOf(
    [
      change('api', 'restart', {
        causes: [CONFIGURED, { type: 'dependency', workload: 'db', what: 'replaced' }],
        differences: [
          difference('/env/DB_URL', {
            cause: { type: 'dependency', workload: 'db', what: 'replaced', attribute: 'address' },
            updateClass: 'restart',
          }),
          difference('/env/TOKEN', { updateClass: 'restart' }),
          difference('/native/args/1', { updateClass: 'restart' }),
        ],
        updateClass: 'restart',
        forcedBy: ['/env/TOKEN', '/native/args/1'],
        downtime: true,
        before: node(['api.js', '--port', '8080', '--verbose'], {
          env: { DB_URL: 'http://10.0.0.1', MODE: 'production', TOKEN: { ...secret('token', 'a1b2c3d4') } },
          tags: { team: 'shop' },
        }),
        after: node(['api.js', '--port', '8081', '--verbose'], {
          env: {
            DB_URL: { ...unknown('db', 'address') },
            MODE: 'production',
            TOKEN: { ...secret('token', 'c3d4e5f6') },
          },
          tags: { team: 'shop' },
        }),
      }),
      change('cache', 'create', {
        causes: [{ type: 'drift', what: 'gone', since: minutesAgo(3) }],
        before: node(['cache.js'], { resources: { memory: 268_435_456 } }),
        after: node(['cache.js'], { resources: { memory: 268_435_456 } }),
      }),
      change('conf', 'update', {
        differences: [difference('/env/CONF'), difference('/env/JSON')],
        before: node(['conf.js'], {
          env: { CONF: 'listen: 5432\nmax: 100\n', JSON: '{"db":"10.0.0.216","port":80}', OTHER: 'x' },
        }),
        after: node(['conf.js'], {
          env: { CONF: 'listen: 5432\nmax: 200\n', JSON: '{"db":"10.0.0.216","port":81}', OTHER: 'x' },
        }),
      }),
      change('db', 'replace', {
        causes: [CONFIGURED],
        differences: [
          difference('/native/command', { updateClass: 'replace', reason: 'another program is another workload' }),
          difference('/resources/cpu', { before: 2, observed: 8, after: 2, cause: { type: 'drift', what: 'changed' } }),
        ],
        updateClass: 'replace',
        forcedBy: ['/native/command'],
        downtime: true,
        dataLoss: ['volume data (ephemeral)'],
        before: spec({ native: { command: 'db-15', args: ['db.js'] }, resources: { cpu: 2 } }),
        after: spec({ native: { command: 'db-16', args: ['db.js'] }, resources: { cpu: 2 } }),
      }),
      change('legacy', 'forget', { before: node(['legacy.js']) }),
      change('old', 'delete', {
        causes: [{ type: 'removed' }],
        downtime: true,
        before: node(['old.js'], { env: { PASSWORD: { ...secret('old', 'ffee00') } } }),
      }),
      change('quiet', 'no-op', { before: node(['quiet.js']), after: node(['quiet.js']) }),
      change('shop.web-0', 'create-before-destroy', {
        causes: [{ type: 'requested', by: '--replace' }],
        before: node(['web.js']),
        after: node(['web.js']),
      }),
      change('worker', 'start', {
        causes: [{ type: 'drift', what: 'stopped', since: minutesAgo(3), detail: 'exited 137 (SIGKILL)' }],
        before: node(['worker.js']),
        after: node(['worker.js']),
      }),
    ],
    {
      drift,
      warnings: [{ code: 'PJ2101', message: 'memory is not held by the kernel here', workload: 'api' }],
      sensitiveSources: { 'secret.token': { env: 'TOKEN' }, 'var.key': { env: 'PJ_VAR_key' } },
    },
  );
}
