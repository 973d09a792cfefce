import { describe, expect, it } from 'vitest';
import { planHeal } from '../../src/planner/heal.ts';
import { type Given, inputOf, lines, recorded, seen, withHealth, workload } from './scene.ts';

const db = workload('db', { spec: withHealth() });
const api = workload('api', { dependencies: [{ id: 'db', condition: 'healthy', restart: true }] });
const web = workload('web', { dependencies: ['api'] });
const all = [db, api, web];
const records = all.map((one) => recorded(one));
const heal = (given: Given, more: { ids?: string[]; safe?: boolean; leave?: [string, string][] } = {}) =>
  planHeal(inputOf({ records, ...given }), {
    ids: more.ids ?? [],
    safe: more.safe ?? false,
    leave: new Map(more.leave ?? []),
  });

describe('planHeal', () => {
  it('makes what is gone anew, and takes along who has to restart with it', () => {
    const { plan, left } = heal({ observed: [seen('db', 'gone'), seen('api', 'running'), seen('web', 'running')] });
    expect(lines(plan)).toEqual([
      'create db',
      'start db < create db',
      'wait db < start db',
      'stop api < wait db',
      'start api < stop api, wait db',
    ]);
    expect(left.size).toBe(0);
  });

  it('does nothing where nothing has drifted, though the descriptors say something else', () => {
    const observed = all.map((one) => seen(one.id, 'running'));
    const desired = [workload('db', { spec: withHealth({ env: { A: 'b' } }) }), workload('new')];
    expect(heal({ observed, desired }).plan.steps).toEqual([]);
  });

  it('brings a changed field back to what is recorded', () => {
    const limited = workload('db', { spec: { resources: { cpu: 2 } } as never });
    const { plan } = heal({
      records: [recorded(limited)],
      desired: [workload('db', { spec: { resources: { cpu: 4 } } as never })],
      observed: [seen('db', 'running', { fields: { '/resources/cpu': 1 } })],
    });
    expect(plan.workloads['db']?.spec).toEqual(limited.spec);
    expect(plan.changes[0]?.differences).toMatchObject([{ path: '/resources/cpu', before: 2, observed: 1, after: 2 }]);
    expect(plan.changes[0]?.causes[0]).toMatchObject({ type: 'drift' });
  });

  it('safe leaves what would be replaced, and says why', () => {
    const after = workload('after', { dependencies: ['cache'] });
    const given: Given = {
      records: [recorded(workload('cache')), recorded(after)],
      observed: [seen('cache', 'running', { fields: { '/native/command': 'other' } }), seen('after', 'dead')],
    };
    expect(heal(given).plan.changes.find(({ id }) => id === 'cache')?.action).toBe('replace');
    const safe = heal(given, { safe: true });
    expect([...safe.left]).toEqual([['cache', 'it would have to be replaced']]);
    expect(lines(safe.plan)).toEqual(['start after']);
  });

  it('a start that failed is tried again where it is named, without making it anew', () => {
    const failed = recorded(db, { state: 'FAILED', lastError: { code: 'PJ5301', message: 'no' } });
    const given = { records: [failed, recorded(api)], observed: [seen('db', 'dead'), seen('api', 'dead')] };
    expect(lines(heal(given).plan)).toEqual([]);
    const again = planHeal(inputOf(given), { ids: ['db'], safe: false, leave: new Map(), retry: ['db'] });
    expect(lines(again.plan)).toEqual(['start db', 'wait db < start db']);
  });

  it('leaves what failed, is done, is about to be started again, or is recorded as stopped', () => {
    const failed = recorded(db, { state: 'FAILED' });
    const stopped = recorded(web, { state: 'STOPPED', desiredState: 'stopped', health: 'none' });
    const given: Given = {
      records: [failed, recorded(api), stopped],
      observed: [seen('db', 'dead'), seen('api', 'dead', { restarting: true }), seen('web', 'running')],
    };
    const safe = heal(given, { safe: true });
    expect([lines(safe.plan), [...safe.left.keys()]]).toEqual([[], ['web']]);
    expect(lines(heal(given).plan)).toEqual(['stop web']);
  });

  it('after a reboot starts what is down as it is, and leaves what runs, whatever has changed about them', () => {
    const fields = { '/native/command': 'other' };
    const given: Given = {
      records: [recorded(workload('cache')), recorded(workload('other'))],
      observed: [seen('cache', 'dead', { fields }), seen('other', 'running', { fields })],
    };
    const request = { ids: [], safe: true, leave: new Map(), downOnly: true };
    const { plan, left } = planHeal(inputOf(given), request);
    expect([lines(plan), left.size]).toEqual([['start cache'], 0]);
  });

  it("with names, heals only those: what they need is somebody else's turn", () => {
    const observed = all.map((one) => seen(one.id, 'dead'));
    expect(lines(heal({ observed }, { ids: ['api', 'db'] }).plan)).toEqual([
      'start db',
      'wait db < start db',
      'start api < wait db',
    ]);
    const alone = heal({ observed }, { ids: ['api'] });
    expect([lines(alone.plan), [...alone.left.keys()]]).toEqual([[], ['api']]);
    const { plan, left } = heal({ observed }, { leave: [['db', 'no secret']] });
    expect(plan.steps).toEqual([]);
    expect([...left.keys()].sort()).toEqual(['api', 'db', 'web']);
    expect(left.get('api')).toMatch(/depends on db/);
  });
});
