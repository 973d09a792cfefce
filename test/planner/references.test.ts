import { describe, expect, it } from 'vitest';
import { changeIn, lines, planOf, recorded, seen, workload } from './scene.ts';

const refersTo = (attribute: string, more: object = {}) =>
  workload('web', {
    dependencies: [{ id: 'db', source: 'reference' as const }],
    spec: {
      native: { command: 'run' },
      env: { DB: { $template: { parts: ['db:', { workload: 'db', attribute }], sensitive: false } } as never },
      ...more,
    },
  });
const had = (value: string) =>
  recorded(
    workload('web', {
      dependencies: [{ id: 'db', source: 'reference' }],
      spec: { native: { command: 'run' }, env: { DB: value } },
    }),
  );
const args = { native: { command: 'run', args: ['-x'] } };

describe('a value from another workload', () => {
  it('is known where that one stays as it is, dots and string keys included', () => {
    const made = planOf({
      desired: [workload('db'), refersTo('ports.80')],
      records: [recorded(workload('db'))],
      observed: [seen('db', 'running')],
    });
    expect(made.workloads['web']?.spec.env).toEqual({ DB: 'db:8080' });
    expect(lines(made)).toEqual(['create web', 'start web < create web']);
  });

  it('is known only after apply where that one is made, and the create waits for its start', () => {
    const made = planOf({ desired: [workload('db'), refersTo('address')] });
    expect(made.workloads['web']?.spec.env).toEqual({
      DB: { $unknown: { parts: ['db:', { workload: 'db', attribute: 'address' }], sensitive: false } },
    });
    expect(lines(made)).toEqual([
      'create db',
      'start db < create db',
      'create web < start db',
      'start web < create web, start db',
    ]);
  });

  it('may change where that one restarts: a difference caused by it', () => {
    const made = planOf({
      desired: [workload('db', { spec: args }), refersTo('pid')],
      records: [recorded(workload('db')), had('db:100')],
      observed: [seen('db', 'running'), seen('web', 'running')],
    });
    expect(changeIn(made, 'web')).toMatchObject({
      action: 'restart',
      differences: [
        {
          path: '/env/DB',
          before: 'db:100',
          cause: { type: 'dependency', workload: 'db', what: 'restarted', attribute: 'pid' },
        },
      ],
    });
    expect(lines(made)).toEqual([
      'stop web',
      'stop db < stop web',
      'update db < stop db',
      'start db < update db',
      'update web < start db, stop web',
      'start web < start db, update web',
    ]);
  });

  it('is no difference where the provider says that it keeps', () => {
    const made = planOf({
      desired: [workload('db', { spec: args }), refersTo('address')],
      records: [recorded(workload('db')), had('db:127.0.0.1')],
      observed: [seen('db', 'running'), seen('web', 'running')],
      rules: { keeps: (attribute) => attribute === 'address' },
    });
    expect(changeIn(made, 'web').action).toBe('no-op');
  });

  it('keeps through an update that does not name it, and changes with one that does', () => {
    const external = (address: string, tags = {}) =>
      workload('db', { kind: 'external', provider: 'external', spec: { external: { address }, tags } });
    const given = {
      records: [recorded(external('a')), had('db:127.0.0.1')],
      observed: [seen('db', 'running' as const), seen('web', 'running' as const)],
    };
    expect(
      changeIn(planOf({ ...given, desired: [external('a', { x: 'y' }), refersTo('address')] }), 'web').action,
    ).toBe('no-op');
    const made = planOf({ ...given, desired: [external('b'), refersTo('address')] });
    expect(changeIn(made, 'web').causes).toEqual([
      { type: 'dependency', workload: 'db', what: 'changed', attribute: 'address' },
    ]);
    // It stays up until the new value is there.
    expect(lines(made)).toEqual([
      'update db',
      'stop web < update db',
      'update web < stop web, update db',
      'start web < update web',
    ]);
  });

  it('that changed outside is a difference caused by that one', () => {
    const made = planOf({
      desired: [workload('db'), refersTo('pid')],
      records: [recorded(workload('db')), had('db:100')],
      observed: [seen('db', 'running', { attributes: { pid: 200 } }), seen('web', 'running')],
    });
    expect(changeIn(made, 'web').differences).toMatchObject([
      { after: 'db:200', cause: { type: 'dependency', workload: 'db', what: 'changed', attribute: 'pid' } },
    ]);
  });

  it('that does not exist is told, and what refers to it is held back', () => {
    const made = planOf({
      desired: [workload('db'), refersTo('nonsense')],
      records: [recorded(workload('db'))],
      observed: [seen('db', 'running')],
    });
    expect(made.steps).toEqual([]);
    expect(made.warnings.map((one) => one.message)).toEqual([
      'web refers to ${workload.db.nonsense}, but db has no such attribute (it has: address, pid, ports)',
      'web is held back: it refers to nonsense of db, which has none',
    ]);
  });
});
