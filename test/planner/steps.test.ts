import { describe, expect, it } from 'vitest';
import { changeIn, type Given, job, lines, planOf, recorded, seen, withHealth, workload } from './scene.ts';

const web = workload('web');
const changed = (spec: object) => workload('web', { spec: { native: { command: 'run' }, ...spec } as never });

interface Row {
  difference: string;
  given: Given;
  steps: string[];
  action: string;
  cause?: object;
  summary?: [number, number, number];
  downtime?: boolean;
}

const table: Row[] = [
  {
    difference: 'new',
    given: { desired: [web] },
    steps: ['create web', 'start web < create web'],
    action: 'create',
    summary: [1, 0, 0],
  },
  {
    difference: 'new, with a health check',
    given: { desired: [workload('web', { spec: withHealth() })] },
    steps: ['create web', 'start web < create web', 'wait web < start web'],
    action: 'create',
    summary: [1, 0, 0],
  },
  {
    difference: 'new, to be stopped',
    given: { desired: [workload('web', { desiredState: 'stopped' })] },
    steps: ['create web'],
    action: 'create',
    summary: [1, 0, 0],
  },
  {
    difference: 'new, to be paused',
    given: { desired: [workload('web', { desiredState: 'paused' })] },
    steps: ['create web', 'start web < create web', 'pause web < start web'],
    action: 'create',
    summary: [1, 0, 0],
  },
  {
    difference: 'gone from the descriptors',
    given: { records: [recorded(web)], observed: [seen('web', 'running')] },
    steps: ['stop web', 'destroy web < stop web'],
    action: 'delete',
    cause: { type: 'removed' },
    summary: [0, 0, 1],
    downtime: true,
  },
  {
    difference: 'gone from the descriptors, and stopped already',
    given: { records: [recorded(web, { state: 'STOPPED' })], observed: [seen('web', 'stopped')] },
    steps: ['destroy web'],
    action: 'delete',
    cause: { type: 'removed' },
    summary: [0, 0, 1],
  },
  {
    difference: 'changed, live',
    given: {
      desired: [changed({ resources: { memory: 2 } })],
      records: [recorded(web)],
      observed: [seen('web', 'running')],
    },
    steps: ['update web'],
    action: 'update',
    cause: { type: 'configured' },
    summary: [0, 1, 0],
  },
  {
    difference: 'changed, restart',
    given: { desired: [changed({ env: { A: '1' } })], records: [recorded(web)], observed: [seen('web', 'running')] },
    steps: ['stop web', 'update web < stop web', 'start web < update web'],
    action: 'restart',
    cause: { type: 'configured' },
    summary: [0, 1, 0],
    downtime: true,
  },
  {
    difference: 'changed, restart, while it is down',
    given: { desired: [changed({ env: { A: '1' } })], records: [recorded(web)], observed: [seen('web', 'dead')] },
    steps: ['update web', 'start web < update web'],
    action: 'update',
    summary: [0, 1, 0],
  },
  {
    difference: 'changed, restart, and to be stopped',
    given: {
      desired: [workload('web', { desiredState: 'stopped', spec: { native: { command: 'run', args: ['-x'] } } })],
      records: [recorded(web)],
      observed: [seen('web', 'running')],
    },
    steps: ['stop web', 'update web < stop web'],
    action: 'update',
    summary: [0, 1, 0],
    downtime: true,
  },
  {
    difference: 'changed, replace',
    given: {
      desired: [workload('web', { spec: { native: { command: 'other' } } })],
      records: [recorded(web)],
      observed: [seen('web', 'running')],
    },
    steps: ['stop web', 'destroy web < stop web', 'create web < destroy web', 'start web < create web'],
    action: 'replace',
    cause: { type: 'configured' },
    summary: [1, 0, 1],
    downtime: true,
  },
  {
    difference: 'changed, replace, create before destroy',
    given: {
      desired: [
        workload('web', {
          spec: withHealth({ native: { command: 'other' } }),
          lifecycle: { createBeforeDestroy: true },
        }),
      ],
      records: [recorded(workload('web', { spec: withHealth(), lifecycle: { createBeforeDestroy: true } }))],
      observed: [seen('web', 'running')],
    },
    steps: [
      'create web',
      'start web < create web',
      'wait web < start web',
      'stop web@1 < wait web',
      'destroy web@1 < stop web@1',
    ],
    action: 'create-before-destroy',
    summary: [1, 0, 1],
  },
  {
    difference: 'another kind under the same id',
    given: {
      desired: [workload('web', { kind: 'external', provider: 'external', spec: { external: { address: 'h' } } })],
      records: [recorded(web)],
      observed: [seen('web', 'running')],
    },
    steps: ['stop web', 'destroy web < stop web', 'create web < destroy web', 'start web < create web'],
    action: 'replace',
    summary: [1, 0, 1],
    downtime: true,
  },
  {
    difference: 'desiredState: stopped',
    given: {
      desired: [workload('web', { desiredState: 'stopped' })],
      records: [recorded(web)],
      observed: [seen('web', 'running')],
    },
    steps: ['stop web'],
    action: 'stop',
    cause: { type: 'desiredState', from: 'running', to: 'stopped' },
    summary: [0, 1, 0],
    downtime: true,
  },
  {
    difference: 'desiredState: running again',
    given: {
      desired: [web],
      records: [recorded(web, { state: 'STOPPED', desiredState: 'stopped' })],
      observed: [seen('web', 'stopped')],
    },
    steps: ['start web'],
    action: 'start',
    cause: { type: 'desiredState', from: 'stopped', to: 'running' },
    summary: [0, 1, 0],
  },
  {
    difference: 'desiredState: paused',
    given: {
      desired: [workload('web', { desiredState: 'paused' })],
      records: [recorded(web)],
      observed: [seen('web', 'running')],
    },
    steps: ['pause web'],
    action: 'pause',
    cause: { type: 'desiredState', from: 'running', to: 'paused' },
    summary: [0, 1, 0],
    downtime: true,
  },
  {
    difference: 'desiredState: no longer paused',
    given: {
      desired: [web],
      records: [recorded(web, { state: 'PAUSED', desiredState: 'paused' })],
      observed: [seen('web', 'paused')],
    },
    steps: ['resume web'],
    action: 'resume',
    cause: { type: 'desiredState', from: 'paused', to: 'running' },
    summary: [0, 1, 0],
  },
  {
    difference: 'stopped by `pj stop`',
    given: {
      desired: [web],
      records: [
        recorded(web, {
          state: 'STOPPED',
          desiredState: 'stopped',
          imperative: { command: 'pj stop', at: '2026-01-01T00:00:00.000Z' },
        }),
      ],
      observed: [seen('web', 'stopped')],
    },
    steps: ['start web'],
    action: 'start',
    cause: { type: 'desiredState', from: 'stopped', to: 'running', by: 'pj stop', at: '2026-01-01T00:00:00.000Z' },
    summary: [0, 1, 0],
  },
  {
    difference: 'drifted: dead',
    given: {
      desired: [web],
      records: [recorded(web)],
      observed: [seen('web', 'dead', { since: 'T', detail: 'exited 137' })],
    },
    steps: ['start web'],
    action: 'start',
    cause: { type: 'drift', what: 'stopped', since: 'T', detail: 'exited 137' },
    summary: [0, 1, 0],
  },
  {
    difference: 'drifted: stopped, though it has a health check',
    given: {
      desired: [workload('web', { spec: withHealth() })],
      records: [recorded(workload('web', { spec: withHealth() }))],
      observed: [seen('web', 'stopped')],
    },
    steps: ['start web', 'wait web < start web'],
    action: 'start',
    cause: { type: 'drift', what: 'stopped' },
    summary: [0, 1, 0],
  },
  {
    difference: 'drifted: gone',
    given: { desired: [web], records: [recorded(web)], observed: [seen('web', 'gone')] },
    steps: ['create web', 'start web < create web'],
    action: 'create',
    cause: { type: 'drift', what: 'gone' },
    summary: [1, 0, 0],
  },
  {
    difference: 'drifted: changed, live',
    given: {
      desired: [changed({ resources: { memory: 2 } })],
      records: [recorded(changed({ resources: { memory: 2 } }))],
      observed: [seen('web', 'running', { fields: { '/resources/memory': 9 } })],
    },
    steps: ['update web'],
    action: 'update',
    cause: { type: 'drift', what: 'changed' },
    summary: [0, 1, 0],
  },
  {
    difference: 'drifted: changed, restart',
    given: {
      desired: [changed({ env: { A: '1' } })],
      records: [recorded(changed({ env: { A: '1' } }))],
      observed: [seen('web', 'running', { fields: { '/env/A': '2' } })],
    },
    steps: ['stop web', 'update web < stop web', 'start web < update web'],
    action: 'restart',
    cause: { type: 'drift', what: 'changed' },
    summary: [0, 1, 0],
    downtime: true,
  },
  {
    difference: 'drifted: started by somebody else though it is to be stopped',
    given: {
      desired: [workload('web', { desiredState: 'stopped' })],
      records: [recorded(workload('web', { desiredState: 'stopped' }))],
      observed: [seen('web', 'running')],
    },
    steps: ['stop web'],
    action: 'stop',
    cause: { type: 'drift', what: 'changed' },
    summary: [0, 1, 0],
    downtime: true,
  },
  {
    difference: 'FAILED, with something still running',
    given: {
      desired: [web],
      records: [recorded(web, { state: 'FAILED', lastError: { code: 'PJ5000', message: 'it broke' } })],
      observed: [seen('web', 'running')],
    },
    steps: ['stop web', 'destroy web < stop web', 'create web < destroy web', 'start web < create web'],
    action: 'replace',
    cause: { type: 'failed', error: 'it broke' },
    summary: [1, 0, 1],
    downtime: true,
  },
  {
    difference: 'FAILED, dead',
    given: { desired: [web], records: [recorded(web, { state: 'FAILED' })], observed: [seen('web', 'dead')] },
    steps: ['destroy web', 'create web < destroy web', 'start web < create web'],
    action: 'replace',
    summary: [1, 0, 1],
  },
  {
    difference: 'FAILED, never made',
    given: {
      desired: [web],
      records: [recorded(web, { state: 'FAILED', handle: null })],
      observed: [seen('web', 'gone')],
    },
    steps: ['create web', 'start web < create web'],
    action: 'create',
    summary: [1, 0, 0],
  },
  {
    difference: 'half made: a record without anything in the engine',
    given: { desired: [web], records: [recorded(web, { state: 'DEPLOYED', handle: null })] },
    steps: ['create web', 'start web < create web'],
    action: 'create',
    cause: { type: 'interrupted' },
    summary: [1, 0, 0],
  },
  {
    difference: 'made, but never started: the run was interrupted',
    given: { desired: [web], records: [recorded(web, { state: 'DEPLOYED' })], observed: [seen('web', 'stopped')] },
    steps: ['start web'],
    action: 'start',
    cause: { type: 'interrupted' },
    summary: [0, 1, 0],
  },
  {
    difference: 'running, but not healthy yet',
    given: {
      desired: [workload('web', { spec: withHealth() })],
      records: [recorded(workload('web', { spec: withHealth() }), { health: 'unhealthy' })],
      observed: [seen('web', 'running')],
    },
    steps: ['wait web'],
    action: 'wait',
    cause: { type: 'unhealthy' },
    summary: [0, 1, 0],
  },
  {
    difference: 'running, but not healthy, and asked to be replaced',
    given: {
      desired: [workload('web', { spec: withHealth() })],
      records: [recorded(workload('web', { spec: withHealth() }), { health: 'unhealthy' })],
      observed: [seen('web', 'running')],
      options: { replace: ['web'] },
    },
    steps: [
      'stop web',
      'destroy web < stop web',
      'create web < destroy web',
      'start web < create web',
      'wait web < start web',
    ],
    action: 'replace',
    cause: { type: 'requested', by: '--replace' },
    summary: [1, 0, 1],
    downtime: true,
  },
  {
    difference: 'a health check is added',
    given: {
      desired: [workload('web', { spec: withHealth() })],
      records: [recorded(web)],
      observed: [seen('web', 'running')],
    },
    steps: ['update web', 'wait web < update web'],
    action: 'update',
    summary: [0, 1, 0],
  },
  {
    difference: 'a new job',
    given: { desired: [workload('web', { spec: job() })] },
    steps: ['create web', 'start web < create web', 'wait web < start web'],
    action: 'create',
    summary: [1, 0, 0],
  },
  {
    difference: 'a job that is done',
    given: {
      desired: [workload('web', { spec: job() })],
      records: [recorded(workload('web', { spec: job() }))],
      observed: [seen('web', 'completed')],
    },
    steps: [],
    action: 'no-op',
    summary: [0, 0, 0],
  },
  {
    difference: 'a job that is done, and of which nothing is left',
    given: {
      desired: [workload('web', { spec: job() })],
      records: [recorded(workload('web', { spec: job() }))],
      observed: [seen('web', 'gone')],
    },
    steps: [],
    action: 'no-op',
    summary: [0, 0, 0],
  },
  {
    difference: 'a job that is done, and of which something was changed outside',
    given: {
      desired: [workload('web', { spec: job(['-a']) })],
      records: [recorded(workload('web', { spec: job(['-a']) }))],
      observed: [seen('web', 'completed', { fields: { '/native/args': ['-b'] } })],
    },
    steps: [],
    action: 'no-op',
    summary: [0, 0, 0],
  },
  {
    difference: 'a job that is done and whose spec changed: it runs again',
    given: {
      desired: [workload('web', { spec: job(['--again']) })],
      records: [recorded(workload('web', { spec: job() }))],
      observed: [seen('web', 'completed')],
    },
    steps: ['update web', 'start web < update web', 'wait web < start web'],
    action: 'update',
    summary: [0, 1, 0],
  },
  {
    difference: 'a job that is done and of which only a tag changed',
    given: {
      desired: [workload('web', { spec: { ...job(), tags: { a: 'b' } } })],
      records: [recorded(workload('web', { spec: job() }))],
      observed: [seen('web', 'completed')],
    },
    steps: ['update web'],
    action: 'update',
    summary: [0, 1, 0],
  },
  {
    difference: 'a job that ended well before anybody noted it',
    given: {
      desired: [workload('web', { spec: job() })],
      records: [recorded(workload('web', { spec: job() }), { state: 'RUNNING', completed: false })],
      observed: [seen('web', 'completed')],
    },
    steps: ['wait web'],
    action: 'wait',
    summary: [0, 1, 0],
  },
  {
    difference: 'no difference',
    given: { desired: [web], records: [recorded(web)], observed: [seen('web', 'running')] },
    steps: [],
    action: 'no-op',
    summary: [0, 0, 0],
  },
  {
    difference: 'no difference, nobody looked',
    given: { desired: [web], records: [recorded(web)], options: { refresh: false } },
    steps: [],
    action: 'no-op',
    summary: [0, 0, 0],
  },
  {
    difference: 'refresh only',
    given: {
      desired: [changed({ env: { A: '1' } })],
      records: [recorded(web)],
      observed: [seen('web', 'gone')],
      options: { mode: 'refresh-only' },
    },
    steps: [],
    action: 'no-op',
    summary: [0, 0, 0],
  },
  {
    difference: 'an instance left over from a replace that broke off',
    given: {
      desired: [web],
      records: [
        recorded(web, {
          generation: 2,
          deposed: [{ generation: 1, provider: 'native', spec: web.spec, handle: { engine: 'old' } }],
        }),
      ],
      observed: [seen('web', 'running')],
    },
    steps: ['stop web@1', 'destroy web@1 < stop web@1'],
    action: 'update',
    cause: { type: 'interrupted' },
    summary: [0, 1, 0],
  },
  {
    difference: 'a new instance that FAILED while the old one is still there',
    given: {
      desired: [web],
      records: [
        recorded(web, {
          generation: 2,
          state: 'FAILED',
          deposed: [{ generation: 1, provider: 'native', spec: web.spec, handle: { engine: 'old' } }],
        }),
      ],
      observed: [seen('web', 'dead')],
    },
    steps: [
      'destroy web',
      'create web < destroy web',
      'start web < create web',
      'stop web@1 < start web',
      'destroy web@1 < stop web@1',
    ],
    action: 'replace',
    summary: [1, 0, 1],
  },
];

describe('from a difference to steps', () => {
  it.each(table)('$difference', ({ given, steps, action, cause, summary, downtime }) => {
    const made = planOf(given);
    expect(lines(made)).toEqual(steps);
    const change = changeIn(made, 'web');
    expect(change.action).toBe(action);
    if (cause !== undefined) expect(change.causes[0]).toEqual(cause);
    if (cause !== undefined) for (const step of made.steps) expect(step.cause).toEqual(cause);
    const [add, of, destroy] = summary ?? [0, 0, 0];
    expect(made.summary).toEqual({ add, change: of, destroy, forget: 0 });
    expect(change.downtime).toBe(downtime === true);
    expect(change.steps).toEqual(made.steps.map((step) => step.id));
  });

  it('leaves no cause on what is plainly new', () => {
    expect(changeIn(planOf({ desired: [web] }), 'web').causes).toEqual([]);
  });

  it('tells that a step was interrupted', () => {
    const made = planOf({ desired: [web], interrupted: ['web'] });
    expect(changeIn(made, 'web').causes).toEqual([{ type: 'interrupted' }]);
  });

  it('numbers the new generation after all that are still there', () => {
    const before = recorded(workload('web', { lifecycle: { createBeforeDestroy: true } }), {
      generation: 2,
      deposed: [{ generation: 5, provider: 'native', spec: web.spec, handle: null }],
    });
    const made = planOf({
      desired: [workload('web', { spec: { native: { command: 'other' } }, lifecycle: { createBeforeDestroy: true } })],
      records: [before],
      observed: [seen('web', 'running')],
    });
    expect(made.steps.map((step) => [step.id, step.generation])).toEqual([
      ['create web', 6],
      ['start web', 6],
      ['stop web@2', 2],
      ['destroy web@2', 2],
      ['stop web@5', 5],
      ['destroy web@5', 5],
    ]);
  });
});
