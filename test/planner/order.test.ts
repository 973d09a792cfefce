import { describe, expect, it } from 'vitest';
import { changeIn, job, lines, planOf, recorded, seen, withHealth, workload } from './scene.ts';

const other = { native: { command: 'other' } };
const args = { native: { command: 'run', args: ['-x'] } };

describe('the order of steps', () => {
  it('starts everything after its dependencies have reached their conditions', () => {
    const made = planOf({
      desired: [
        workload('db', { spec: withHealth() }),
        workload('migrate', { spec: job(), dependencies: [{ id: 'db', condition: 'healthy' }] }),
        workload('web', {
          dependencies: [
            { id: 'db', condition: 'started' },
            { id: 'migrate', condition: 'completed' },
          ],
        }),
      ],
    });
    expect(lines(made)).toEqual([
      'create db',
      'create migrate',
      'start db < create db',
      'wait db < start db',
      'start migrate < create migrate, wait db',
      'wait migrate < start migrate',
      'create web < wait migrate',
      'start web < create web, start db, wait migrate',
    ]);
    expect(made.steps.find((step) => step.id === 'wait db')?.condition).toBe('healthy');
    expect(made.steps.find((step) => step.id === 'wait migrate')?.condition).toBe('completed');
    expect(made.waves).toEqual([
      ['create db', 'create migrate'],
      ['start db'],
      ['wait db'],
      ['start migrate'],
      ['wait migrate'],
      ['create web'],
      ['start web'],
    ]);
  });

  it('stops and destroys in the reverse of the recorded order', () => {
    const db = recorded(workload('db'));
    const web = recorded(workload('web', { dependencies: ['db'] }));
    const made = planOf({
      records: [db, web],
      observed: [seen('db', 'running'), seen('web', 'running')],
      options: { mode: 'destroy' },
    });
    expect(lines(made)).toEqual([
      'stop web',
      'destroy web < stop web',
      'stop db < stop web',
      'destroy db < destroy web, stop db',
    ]);
    expect(changeIn(made, 'db').causes).toEqual([{ type: 'requested', by: 'pj destroy' }]);
  });

  it('restarts around a dependency that goes down only what says restart: true', () => {
    const before = [
      workload('db'),
      workload('api', { dependencies: [{ id: 'db', restart: true }] }),
      workload('web', { dependencies: ['api'] }),
    ];
    const made = planOf({
      desired: [workload('db', { spec: args }), ...before.slice(1)],
      records: before.map((one) => recorded(one)),
      observed: before.map((one) => seen(one.id, 'running')),
    });
    expect(lines(made)).toEqual([
      'stop api',
      'stop db < stop api',
      'update db < stop db',
      'start db < update db',
      'start api < start db, stop api',
    ]);
    expect(changeIn(made, 'api')).toMatchObject({
      action: 'restart',
      downtime: true,
      causes: [{ type: 'dependency', workload: 'db', what: 'restarted' }],
    });
    expect(changeIn(made, 'web').action).toBe('no-op');
  });

  it('restarts what depends with restart: true on one that died, once that one is back', () => {
    const before = [workload('db'), workload('api', { dependencies: [{ id: 'db', restart: true }] })];
    const made = planOf({
      desired: before,
      records: before.map((one) => recorded(one)),
      observed: [seen('db', 'dead'), seen('api', 'running')],
    });
    expect(lines(made)).toEqual(['start db', 'stop api < start db', 'start api < start db, stop api']);
  });

  it('replaces a dependency and what depends on it with restart: true', () => {
    const before = [workload('db'), workload('api', { dependencies: [{ id: 'db', restart: true }] })];
    const made = planOf({
      desired: [workload('db', { spec: other }), ...before.slice(1)],
      records: before.map((one) => recorded(one)),
      observed: before.map((one) => seen(one.id, 'running')),
    });
    expect(lines(made)).toEqual([
      'stop api',
      'stop db < stop api',
      'destroy db < stop db',
      'create db < destroy db',
      'start db < create db',
      'start api < start db, stop api',
    ]);
    expect(changeIn(made, 'api').causes).toEqual([{ type: 'dependency', workload: 'db', what: 'replaced' }]);
  });

  it('keeps a workload up until what it newly depends on is ready', () => {
    const made = planOf({
      desired: [
        workload('cache', { spec: withHealth() }),
        workload('web', { spec: args, dependencies: [{ id: 'cache', condition: 'healthy' }] }),
      ],
      records: [recorded(workload('web'))],
      observed: [seen('web', 'running')],
    });
    expect(lines(made)).toEqual([
      'create cache',
      'start cache < create cache',
      'wait cache < start cache',
      'stop web < wait cache',
      'update web < stop web',
      'start web < update web, wait cache',
    ]);
  });

  it('lets go of a removed dependency before that is stopped', () => {
    const made = planOf({
      desired: [workload('web')],
      records: [recorded(workload('db')), recorded(workload('web', { dependencies: ['db'] }))],
      observed: [seen('db', 'running'), seen('web', 'running')],
    });
    expect(lines(made)).toEqual(['update web', 'stop db < update web', 'destroy db < stop db, update web']);
    expect(made.steps[0]).toMatchObject({ recordOnly: true });
    expect(changeIn(made, 'web').differences.map((d) => d.path)).toEqual([
      '/dependencies/db/condition',
      '/dependencies/db/optional',
      '/dependencies/db/restart',
    ]);
  });

  it('waits for an unchanged dependency whose health is not known to be good', () => {
    const db = workload('db', { spec: withHealth() });
    const made = planOf({
      desired: [db, workload('web', { dependencies: [{ id: 'db', condition: 'healthy' }] })],
      records: [recorded(db, { health: 'starting' })],
      observed: [seen('db', 'running')],
    });
    expect(lines(made)).toEqual(['create web', 'wait db', 'start web < create web, wait db']);
  });

  it('needs no wait for a job that is done', () => {
    const migrate = workload('migrate', { spec: job() });
    const made = planOf({
      desired: [migrate, workload('web', { dependencies: [{ id: 'migrate', condition: 'completed' }] })],
      records: [recorded(migrate)],
      observed: [seen('migrate', 'completed')],
    });
    expect(lines(made)).toEqual(['create web', 'start web < create web']);
  });

  it('treats as a job whatever somebody waits to be completed', () => {
    const made = planOf({
      desired: [workload('seed'), workload('web', { dependencies: [{ id: 'seed', condition: 'completed' }] })],
    });
    expect(lines(made)).toContain('start web < create web, wait seed');
    expect(made.steps.find((step) => step.id === 'wait seed')?.condition).toBe('completed');
  });

  it('stops the old instances of two create-before-destroy replaces in reverse order', () => {
    const lifecycle = { createBeforeDestroy: true };
    const before = [workload('db', { lifecycle }), workload('web', { lifecycle, dependencies: ['db'] })];
    const made = planOf({
      desired: [
        workload('db', { lifecycle, spec: other }),
        workload('web', { lifecycle, spec: other, dependencies: ['db'] }),
      ],
      records: before.map((one) => recorded(one)),
      observed: before.map((one) => seen(one.id, 'running')),
    });
    expect(lines(made)).toEqual([
      'create db',
      'create web',
      'start db < create db',
      'start web < create web, start db',
      'stop web@1 < start web',
      'destroy web@1 < stop web@1',
      'stop db@1 < start db, stop web@1',
      'destroy db@1 < stop db@1',
    ]);
    expect(changeIn(made, 'web').downtime).toBe(false);
  });

  it('replaces the ordinary way, with a warning, where two instances cannot be side by side', () => {
    const lifecycle = { createBeforeDestroy: true };
    const given = {
      desired: [workload('web', { lifecycle, spec: other })],
      records: [recorded(workload('web', { lifecycle }))],
      observed: [seen('web', 'running' as const)],
    };
    const made = planOf({ ...given, rules: { sideBySide: false } });
    expect(made.steps.map((step) => step.id)).toEqual(['stop web', 'destroy web', 'create web', 'start web']);
    expect(made.warnings).toMatchObject([{ code: 'PJ2030', workload: 'web' }]);
    expect(planOf(given).warnings).toEqual([]);
  });

  it('replaces the ordinary way where something it depends on goes down', () => {
    const lifecycle = { createBeforeDestroy: true };
    const before = [workload('db'), workload('web', { lifecycle, dependencies: ['db'] })];
    const made = planOf({
      desired: [workload('db', { spec: args }), workload('web', { lifecycle, spec: other, dependencies: ['db'] })],
      records: before.map((one) => recorded(one)),
      observed: before.map((one) => seen(one.id, 'running')),
    });
    expect(lines(made)).toEqual([
      'stop web',
      'destroy web < stop web',
      'stop db < stop web',
      'create web < destroy web',
      'update db < stop db',
      'start db < update db',
      'start web < create web, start db',
    ]);
    expect(made.warnings.map((one) => one.code)).toEqual(['PJ2030']);
  });

  it('copes with a recorded circle, which a run that turned a dependency round may leave', () => {
    const records = [
      recorded(workload('a', { dependencies: ['b'] })),
      recorded(workload('b', { dependencies: ['a'] })),
    ];
    const made = planOf({ records, observed: [seen('a', 'running'), seen('b', 'running')] });
    expect(made.steps.map((step) => step.id).sort()).toEqual(['destroy a', 'destroy b', 'stop a', 'stop b']);
  });

  it('refuses a circle in the descriptors and prints it', () => {
    const desired = [
      workload('a', { dependencies: ['b'] }),
      workload('b', { dependencies: ['c'] }),
      workload('c', { dependencies: ['a'] }),
    ];
    expect(() => planOf({ desired })).toThrow('the dependencies go round in a circle: a → b → c → a');
  });

  it('holds back what would close a circle with something that stays as it is recorded, over others too', () => {
    // By their records: web on db on cache. Now cache is to depend on web, which cannot follow as off is stopped.
    const records = [
      recorded(workload('web', { dependencies: ['db'] })),
      recorded(workload('db', { dependencies: ['cache'] })),
      recorded(workload('cache')),
    ];
    const observed = ['web', 'db', 'cache'].map((id) => seen(id, 'running'));
    const changed = { spec: { native: { command: 'run' }, env: { A: '1' } } };
    const desired = [
      workload('off', { desiredState: 'stopped' }),
      workload('web', { dependencies: ['off'], ...changed }),
      workload('cache', { dependencies: ['web'] }),
    ];
    const made = planOf({ desired, records, observed });
    expect(lines(made)).toEqual(['create off']);
    expect(made.warnings.map(({ code, workload }) => `${code} ${workload}`).sort()).toEqual([
      'PJ2031 cache',
      'PJ2031 web',
      'PJ2036 db',
    ]);
    expect(made.warnings.find(({ workload }) => workload === 'cache')?.message).toContain(
      'it is to depend on web, which by what is recorded still depends on it',
    );
    // Where web can follow, all do.
    const after = planOf({ desired: [workload('web', changed), desired[2] ?? workload('')], records, observed });
    expect(after.warnings).toEqual([]);
    expect(after.steps.map((step) => step.id)).toContain('destroy db');
    // What is refused stays, too, and so does what is left out.
    const guarded = workload('web', { spec: { native: { command: 'other' } }, lifecycle: { preventDestroy: true } });
    const refused = planOf({ desired: [guarded, desired[2] ?? guarded], records, observed });
    expect(['web', 'cache'].map((id) => changeIn(refused, id).refused?.code)).toEqual(['PJ2020', 'PJ2022']);
    const excluded = planOf({
      desired: [workload('web'), desired[2] ?? guarded],
      records,
      observed,
      options: { excludes: ['web'] },
    });
    expect(excluded.warnings).toContainEqual(expect.objectContaining({ code: 'PJ2031', workload: 'cache' }));
  });

  it('holds back what depends on something that is to be stopped, and says so', () => {
    const made = planOf({
      desired: [workload('db', { desiredState: 'stopped' }), workload('web', { dependencies: ['db'] })],
    });
    expect(lines(made)).toEqual(['create db']);
    expect(changeIn(made, 'web').action).toBe('no-op');
    expect(made.warnings).toMatchObject([{ code: 'PJ2031', workload: 'web' }]);
    expect(made.warnings[0]?.message).toContain('it depends on db, which is stopped by its desiredState');
  });

  it('leaves an absent optional dependency out, and refuses an absent one that is not', () => {
    const made = planOf({ desired: [workload('web', { dependencies: [{ id: 'cache', optional: true }] })] });
    expect(made.workloads['web']?.dependencies).toEqual([]);
    expect(() => planOf({ desired: [workload('web', { dependencies: ['cache'] })] })).toThrow(
      'web depends on cache, which is not in the project',
    );
  });

  it('refuses a pause where the provider has none', () => {
    expect(() => planOf({ desired: [workload('web', { desiredState: 'paused' })], rules: { pause: false } })).toThrow(
      'web cannot be paused',
    );
  });
});
