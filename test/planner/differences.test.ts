import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/model/json.ts';
import { diff } from '../../src/planner/diff.ts';
import { sameLeaf } from '../../src/planner/sensitive.ts';
import { changeIn, digest, lines, planOf, recorded, seen, workload } from './scene.ts';

const of = (spec: object) => workload('web', { spec: { native: { command: 'run' }, ...spec } as never });
const compare = (before: Json | undefined, after: Json | undefined) => diff(before, after, sameLeaf);

describe('diff', () => {
  it.each<[string, Json | undefined, Json | undefined, unknown]>([
    ['a value', { a: 1 }, { a: 2 }, [{ path: '/a', before: 1, after: 2 }]],
    [
      'a new block, field by field',
      {},
      { env: { B: 'y', A: 'x' } },
      [
        { path: '/env/A', after: 'x' },
        { path: '/env/B', after: 'y' },
      ],
    ],
    ['a block that is gone', { env: { A: 'x' } }, {}, [{ path: '/env/A', before: 'x' }]],
    ['an empty block is as good as none', {}, { env: {} }, []],
    ['absent and undefined', { a: undefined }, {}, []],
    [
      'a list of the same length, item by item',
      { args: ['a', 'b'] },
      { args: ['a', 'c'] },
      [{ path: '/args/1', before: 'b', after: 'c' }],
    ],
    [
      'a list of another length, as one value',
      { args: ['a'] },
      { args: ['a', 'b'] },
      [{ path: '/args', before: ['a'], after: ['a', 'b'] }],
    ],
    ['a list of objects, item by item', { v: [{ p: 1 }] }, { v: [{ p: 1 }, { p: 2 }] }, [{ path: '/v/1/p', after: 2 }]],
    ['a value for a block', { a: { b: 1 } }, { a: 1 }, [{ path: '/a', before: { b: 1 }, after: 1 }]],
    [
      'keys with slashes and tildes',
      { 'a/b': 1, 'c~d': 1 },
      { 'a/b': 2, 'c~d': 2 },
      [
        { path: '/a~1b', before: 1, after: 2 },
        { path: '/c~0d', before: 1, after: 2 },
      ],
    ],
    [
      'keys that every object has',
      {},
      { env: { toString: 'x', constructor: 'y' } },
      [
        { path: '/env/constructor', after: 'y' },
        { path: '/env/toString', after: 'x' },
      ],
    ],
  ])('tells %s', (_, before, after, expected) => {
    expect(compare(before, after)).toEqual(expected);
  });
});

describe('three-way differences', () => {
  const before = of({ env: { A: '1' }, resources: { memory: 1 } });

  const differences = (desired: object, fields: Record<string, Json>) =>
    changeIn(
      planOf({ desired: [of(desired)], records: [recorded(before)], observed: [seen('web', 'running', { fields })] }),
      'web',
    ).differences;

  it('are yours where reality is as recorded', () => {
    expect(differences({ env: { A: '2' }, resources: { memory: 1 } }, { '/env/A': '1' })).toEqual([
      {
        path: '/env/A',
        before: '1',
        after: '2',
        cause: { type: 'configured' },
        updateClass: 'restart',
        reason: 'it is fixed when it starts',
      },
    ]);
  });

  it('are drift where only reality has moved', () => {
    expect(differences({ env: { A: '1' }, resources: { memory: 1 } }, { '/resources/memory': 9 })).toEqual([
      {
        path: '/resources/memory',
        before: 1,
        observed: 9,
        after: 1,
        cause: { type: 'drift', what: 'changed' },
        updateClass: 'live',
        reason: 'it can be changed while it runs',
      },
    ]);
  });

  it('are yours, with what is there, where both have moved', () => {
    expect(differences({ env: { A: '2' }, resources: { memory: 1 } }, { '/env/A': '3' })).toMatchObject([
      { path: '/env/A', before: '1', observed: '3', after: '2', cause: { type: 'configured' } },
    ]);
  });

  it('only bring the record up to date where reality is so already', () => {
    const made = planOf({
      desired: [of({ env: { A: '2' }, resources: { memory: 1 } })],
      records: [recorded(before)],
      observed: [seen('web', 'running', { fields: { '/env/A': '2' } })],
    });
    expect(lines(made)).toEqual(['update web']);
    expect(made.steps[0]).toMatchObject({ recordOnly: true });
    expect(changeIn(made, 'web')).toMatchObject({ action: 'update', updateClass: 'live', downtime: false });
    expect(made.drift).toMatchObject([{ id: 'web', differences: [{ path: '/env/A', before: '1', after: '2' }] }]);
  });

  it('take the heaviest class, and tell what forces it', () => {
    const made = planOf({
      desired: [workload('web', { spec: { native: { command: 'other' }, env: { A: '2' }, resources: { memory: 2 } } })],
      records: [recorded(before)],
    });
    expect(changeIn(made, 'web')).toMatchObject({ updateClass: 'replace', forcedBy: ['/native/command'] });
  });

  it('leave out what is to be ignored, and keep it as it is', () => {
    const made = planOf({
      desired: [
        workload('web', {
          spec: { native: { command: 'run' }, env: { A: '2', B: 'new' }, resources: { memory: 2 } },
          lifecycle: { ignoreChanges: ['/env/A', '/resources'] },
        }),
      ],
      records: [
        recorded(workload('web', { spec: before.spec, lifecycle: { ignoreChanges: ['/env/A', '/resources'] } })),
      ],
      observed: [seen('web', 'running', { fields: { '/resources/memory': 9, '/env/A': '1' } })],
    });
    expect(changeIn(made, 'web').differences.map((d) => d.path)).toEqual(['/env/B']);
    expect(made.workloads['web']?.spec).toEqual({
      native: { command: 'run' },
      env: { A: '1', B: 'new' },
      resources: { memory: 9 },
    });
    expect(made.drift).toMatchObject([{ id: 'web', what: 'changed' }]);
  });

  it('force a replace below replaceOn', () => {
    const lifecycle = { replaceOn: ['/tags/release'] };
    const made = planOf({
      desired: [workload('web', { spec: { native: { command: 'run' }, tags: { release: '2' } }, lifecycle })],
      records: [recorded(workload('web', { spec: { native: { command: 'run' }, tags: { release: '1' } }, lifecycle }))],
    });
    expect(changeIn(made, 'web')).toMatchObject({ action: 'replace', forcedBy: ['/tags/release'] });
  });

  it('include what pj keeps itself, which no engine hears of', () => {
    const made = planOf({
      desired: [workload('web', { lifecycle: { preventDestroy: true } })],
      records: [recorded(workload('web'))],
    });
    expect(made.steps).toMatchObject([{ id: 'update web', recordOnly: true }]);
    expect(changeIn(made, 'web').differences).toMatchObject([
      { path: '/lifecycle/preventDestroy', before: false, after: true },
    ]);
  });
});

describe('sensitive values', () => {
  const template = (name: string) => ({ $template: { parts: [{ secret: name }], sensitive: true } });
  const wanted = workload('web', { spec: { native: { command: 'run' }, env: { KEY: template('db') as never } } });
  const kept = (value: string) => ({ $sensitive: { parts: [{ secret: 'db' }], digest: digest(value) } });
  const was = (value: Json) =>
    recorded(workload('web', { spec: { native: { command: 'run' }, env: { KEY: value as never } } }));

  it('are compared by digest', () => {
    expect(planOf({ desired: [wanted], records: [was(kept('hunter2'))], secrets: { db: 'hunter2' } }).steps).toEqual(
      [],
    );
    const made = planOf({ desired: [wanted], records: [was(kept('old'))], secrets: { db: 'hunter2' } });
    expect(changeIn(made, 'web').differences).toMatchObject([
      { path: '/env/KEY', before: kept('old'), after: kept('hunter2') },
    ]);
    expect(made.digestKeyId).toBe('k1');
    expect(made.sensitiveSources).toEqual({ 'secret.db': { env: 'DB' } });
  });

  it('are nowhere in the plan, wherever they come from', () => {
    const made = planOf({
      desired: [wanted],
      records: [was('old-canary')],
      observed: [seen('web', 'running', { fields: { '/env/KEY': 'real-canary' } })],
      secrets: { db: 'new-canary' },
    });
    expect(made.steps).not.toEqual([]);
    expect(made.drift).toHaveLength(1);
    expect(JSON.stringify(made)).not.toContain('canary');
  });

  it('need only the record to follow when a plain value becomes sensitive', () => {
    const made = planOf({ desired: [wanted], records: [was('hunter2')], secrets: { db: 'hunter2' } });
    expect(made.steps).toMatchObject([{ id: 'update web', recordOnly: true }]);
    expect(JSON.stringify(made)).not.toContain('hunter2');
  });

  it('leave no key id in a plan without any', () => {
    expect(planOf({ desired: [workload('web')], secrets: { db: 'x' } })).not.toHaveProperty('digestKeyId');
  });
});
