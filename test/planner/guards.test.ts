import { describe, expect, it } from 'vitest';
import { changeIn, lines, planOf, recorded, seen, workload } from './scene.ts';

const guarded = { lifecycle: { preventDestroy: true } };
const other = { native: { command: 'other' } };

describe('preventDestroy', () => {
  it('refuses the destroy of what has lost its descriptor, by the state', () => {
    const made = planOf({
      desired: [],
      records: [recorded(workload('db', guarded))],
      observed: [seen('db', 'running')],
    });
    expect(made.steps).toEqual([]);
    expect(changeIn(made, 'db')).toMatchObject({ action: 'delete', refused: { code: 'PJ2020' }, steps: [] });
    expect(made.summary).toEqual({ add: 0, change: 0, destroy: 0, forget: 0 });
  });

  it('refuses a replace, and shows what it would have been', () => {
    const made = planOf({
      desired: [workload('db', { ...guarded, spec: other })],
      records: [recorded(workload('db', guarded))],
    });
    expect(changeIn(made, 'db')).toMatchObject({
      action: 'replace',
      refused: { code: 'PJ2020' },
      after: { native: { command: 'other' } },
      differences: [{ path: '/native/command' }],
    });
    expect(made.steps).toEqual([]);
  });

  it('no longer holds once the descriptor says so', () => {
    const made = planOf({ desired: [workload('db', { spec: other })], records: [recorded(workload('db', guarded))] });
    expect(changeIn(made, 'db').refused).toBeUndefined();
  });

  it('holds in pj destroy too, for what it depends on as well', () => {
    const made = planOf({
      records: [
        recorded(workload('disk')),
        recorded(workload('db', { ...guarded, dependencies: ['disk'] })),
        recorded(workload('web', { dependencies: ['db'] })),
      ],
      options: { mode: 'destroy' },
    });
    expect(made.steps.map((step) => step.id)).toEqual(['stop web', 'destroy web']);
    expect(changeIn(made, 'disk').refused).toMatchObject({ code: 'PJ2022' });
  });

  it('refuses what can only follow from the refused change, and leaves the rest alone', () => {
    const made = planOf({
      desired: [
        workload('db', { ...guarded, spec: other }),
        workload('web', { dependencies: ['db'] }),
        workload('lone'),
      ],
      records: [recorded(workload('db', guarded), { state: 'FAILED' })],
      observed: [seen('db', 'dead')],
    });
    expect(lines(made)).toEqual(['create lone', 'start lone < create lone']);
    expect(changeIn(made, 'web').refused).toMatchObject({ code: 'PJ2022' });
  });

  it('does not keep a workload that is gone from being made again', () => {
    const made = planOf({
      desired: [workload('db', guarded)],
      records: [recorded(workload('db', guarded))],
      observed: [seen('db', 'gone')],
    });
    expect(lines(made)).toEqual(['create db', 'start db < create db']);
  });
});

describe('data', () => {
  const spec = {
    native: { command: 'run' },
    volumes: [
      { name: 'data', path: '/var/data', type: 'persistent' as const },
      { path: '/tmp/x', type: 'ephemeral' as const },
    ],
  };
  const records = [recorded(workload('db', { spec }))];

  it('survives a destroy that does not ask for its volumes', () => {
    const made = planOf({ records, options: { mode: 'destroy' } });
    expect(changeIn(made, 'db')).toMatchObject({ dataLoss: [], action: 'delete' });
    expect(made.steps.length).toBe(2);
  });

  it('is not lost without leave', () => {
    const made = planOf({ records, options: { mode: 'destroy', destroyVolumes: true } });
    expect(changeIn(made, 'db')).toMatchObject({ dataLoss: ['volume data (/var/data)'], refused: { code: 'PJ2021' } });
    expect(made.steps).toEqual([]);
  });

  it('is marked on the step that loses it', () => {
    const made = planOf({ records, options: { mode: 'destroy', destroyVolumes: true, allowDataLoss: true } });
    expect(made.steps.find((step) => step.action === 'destroy')?.dataLoss).toEqual(['volume data (/var/data)']);
  });

  it('goes over to the new instance in a create-before-destroy replace', () => {
    const lifecycle = { createBeforeDestroy: true };
    const made = planOf({
      desired: [workload('db', { spec: { ...spec, native: { command: 'other' } }, lifecycle })],
      records: [recorded(workload('db', { spec, lifecycle }))],
      options: { destroyVolumes: true },
    });
    expect(changeIn(made, 'db')).toMatchObject({ action: 'create-before-destroy', dataLoss: [] });
  });
});
