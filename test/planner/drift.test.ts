import { describe, expect, it } from 'vitest';
import { planImperative } from '../../src/planner/imperative.ts';
import { inputOf, job, lines, planOf, recorded, seen, workload } from './scene.ts';

const manual = { vm: { runStrategy: 'manual' as const } };
const web = workload('web', { spec: { native: { command: 'run' }, resources: { memory: 1 } } });

describe('drift', () => {
  it('lists everything that has moved, with when and why', () => {
    const made = planOf({
      desired: ['changed', 'dead', 'gone', 'same'].map((id) => workload(id, { spec: web.spec })),
      records: ['changed', 'dead', 'gone', 'same'].map((id) => recorded(workload(id, { spec: web.spec }))),
      observed: [
        seen('changed', 'running', { fields: { '/resources/memory': 2 } }),
        seen('dead', 'dead', { since: 'T', detail: 'exited 137 (SIGKILL)' }),
        seen('gone', 'gone'),
        seen('same', 'running', { fields: { '/resources/memory': 1 } }),
      ],
    });
    expect(made.drift).toMatchObject([
      { id: 'changed', what: 'changed', differences: [{ path: '/resources/memory', before: 1, after: 2 }] },
      { id: 'dead', what: 'stopped', since: 'T', detail: 'exited 137 (SIGKILL)', differences: [] },
      { id: 'gone', what: 'gone', differences: [] },
    ]);
  });

  it('is listed whether or not the plan acts on it', () => {
    const given = { records: [recorded(web)], observed: [seen('web', 'gone' as const)] };
    for (const mode of ['apply', 'destroy', 'refresh-only'] as const) {
      expect(planOf({ ...given, desired: [web], options: { mode } }).drift).toMatchObject([
        { id: 'web', what: 'gone' },
      ]);
    }
    expect(planOf({ ...given, desired: [web], options: { excludes: ['web'] } }).drift).toHaveLength(1);
    expect(planOf({ ...given, desired: [] }).drift).toHaveLength(1);
  });

  it.each([
    [
      'paused by somebody',
      {},
      'paused',
      { what: 'changed', differences: [{ path: '/desiredState', before: 'running', after: 'paused' }] },
    ],
    [
      'started by somebody',
      { state: 'STOPPED', desiredState: 'stopped' },
      'running',
      { what: 'changed', differences: [{ path: '/desiredState', before: 'stopped', after: 'running' }] },
    ],
    ['resumed by somebody', { state: 'PAUSED', desiredState: 'paused' }, 'running', { what: 'changed' }],
    ['stopped while it was paused', { state: 'PAUSED', desiredState: 'paused' }, 'stopped', { what: 'stopped' }],
  ] as const)('tells what was %s', (_, record, status, expected) => {
    expect(
      planOf({ desired: [web], records: [recorded(web, record)], observed: [seen('web', status)] }).drift,
    ).toMatchObject([expected]);
  });

  it.each([
    ['a job that is done', recorded(workload('web', { spec: job() })), 'completed'],
    ['a job that is done and left nothing', recorded(workload('web', { spec: job() })), 'gone'],
    [
      'a job that has just ended well',
      recorded(workload('web', { spec: job() }), { state: 'RUNNING', completed: false }),
      'completed',
    ],
    ['a machine that is left as its guest has it', recorded(workload('web', { spec: manual })), 'completed'],
    ['what pj itself has stopped', recorded(web, { state: 'STOPPED' }), 'stopped'],
    ['what failed and is down', recorded(web, { state: 'FAILED' }), 'dead'],
    ['what was never made', recorded(web, { state: 'DEPLOYED', handle: null }), 'gone'],
  ] as const)('is not: %s', (_, record, status) => {
    expect(
      planOf({ desired: [workload('web', { spec: record.spec })], records: [record], observed: [seen('web', status)] })
        .drift,
    ).toEqual([]);
  });

  it('of a machine that is left off starts nothing; asking for it does', () => {
    const left = workload('web', { spec: manual });
    const given = { records: [recorded(left)], observed: [seen('web', 'completed')] };
    expect(lines(planOf({ ...given, desired: [left] }))).toEqual([]);
    const asked = planImperative(inputOf({ ...given, desired: [left] }), {
      command: 'start',
      ids: ['web'],
      cascade: false,
    });
    expect(lines(asked)).toEqual(['start web']);
  });
});
