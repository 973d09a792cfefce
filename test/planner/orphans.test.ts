import { describe, expect, it } from 'vitest';
import type { Orphan } from '../../src/model/plan.ts';
import { verifyPlan } from '../../src/planner/verify.ts';
import { changeIn, lines, planOf, recorded, workload } from './scene.ts';

const orphan = (id: string, more: Partial<Orphan> = {}): Orphan => ({
  id,
  generation: 1,
  kind: 'container',
  provider: 'container',
  name: `demo-${id}`,
  status: 'running',
  kept: false,
  ...more,
});

describe('what bears the marks of the project and is in no state', () => {
  it('is told, and left alone unless pruning is asked for', () => {
    const made = planOf({ desired: [workload('web')], orphans: [orphan('old')] });
    expect(made.orphans.map(({ id }) => id)).toEqual(['old']);
    expect(lines(made)).toEqual(['create web', 'start web < create web']);
    expect(made.changes.map(({ id }) => id)).toEqual(['web']);
  });

  it('goes when pruning is asked for: containers before the networks and volumes that they may use', () => {
    const orphans = [
      orphan('app'),
      orphan('network.back', { kind: 'network', provider: 'network' }),
      orphan('volume.tmp', { kind: 'volume', provider: 'volume' }),
    ];
    const made = planOf({ desired: [], orphans, options: { prune: true } });
    expect(lines(made)).toEqual([
      'destroy app@1',
      'destroy network.back@1 < destroy app@1',
      'destroy volume.tmp@1 < destroy app@1',
    ]);
    expect(changeIn(made, 'app')).toMatchObject({ action: 'delete', causes: [{ type: 'orphan' }], downtime: true });
    expect(changeIn(made, 'network.back').downtime).toBe(false);
    expect(made.summary.destroy).toBe(3);
    verifyPlan(made);
  });

  it('goes before another is made under its identity', () => {
    const made = planOf({ desired: [workload('web')], orphans: [orphan('web')], options: { prune: true } });
    expect(lines(made)).toEqual(['destroy web@1', 'create web < destroy web@1', 'start web < create web']);
    verifyPlan(made);
  });

  it('of another generation goes beside the one that is kept', () => {
    const made = planOf({
      desired: [workload('web')],
      records: [recorded(workload('web'))],
      orphans: [orphan('web', { generation: 2 })],
      options: { prune: true },
    });
    expect(lines(made)).toEqual(['destroy web@2']);
    expect(changeIn(made, 'web').action).toBe('update');
    verifyPlan(made);
  });

  it('a volume that was kept on purpose goes only where lost data is allowed', () => {
    const orphans = [orphan('volume.data', { kind: 'volume', provider: 'volume', kept: true })];
    expect(planOf({ desired: [], orphans, options: { prune: true } }).steps).toEqual([]);
    const all = { prune: true, destroyVolumes: true, allowDataLoss: true };
    const made = planOf({ desired: [], orphans, options: all });
    expect(made.steps).toMatchObject([{ id: 'destroy volume.data@1', dataLoss: ['volume demo-volume.data'] }]);
  });
});
