import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Part } from '../../../../src/agent/awake/contract.ts';
import { makeDrift } from '../../../../src/agent/awake/drift/drift.ts';
import { Healing } from '../../../../src/agent/awake/drift/healing.ts';
import { type Finding, findingsIn } from '../../../../src/agent/awake/drift/look.ts';
import { Ground, NOTHING } from './ground.ts';

let here: Ground;
let found: Finding[] | Error;
let looks: number;
let parts: Part[];
beforeEach(() => {
  here = new Ground();
  for (const id of ['a', 'b']) here.add(id);
  found = [];
  looks = 0;
  parts = [];
});
afterEach(() => {
  for (const part of parts) void part.end?.();
  here.clear();
});

const part = (): Part => {
  const made = makeDrift(here.awake(), () => {
    looks += 1;
    return found instanceof Error ? Promise.reject(found) : Promise.resolve(found);
  });
  parts.push(made);
  void made.begin?.();
  return made;
};
const dead = (id: string, more: Partial<Finding> = {}): Finding => ({
  id,
  kind: 'native',
  what: 'stopped',
  paths: [],
  ...more,
});

describe('looking for drift', () => {
  it('begins a while after the start, goes on at its interval, and not while somebody is at work or the machine comes up', async () => {
    const drift = part();
    await here.pass(drift, 14);
    expect(looks).toBe(0);
    await here.pass(drift, 16);
    expect(looks).toBe(1);
    await here.pass(drift, 400);
    expect(looks).toBe(5);
    here.busy = true;
    await here.pass(drift, 300);
    here.busy = false;
    here.booting = true;
    await here.pass(drift, 300);
    expect(looks).toBe(5);
    here.booting = false;
    await here.pass(drift, 1);
    expect(looks).toBe(6);
  });

  it('is not done where nobody asks for it, and begins when somebody does', async () => {
    here.config = {};
    const drift = part();
    await here.pass(drift, 600);
    expect([looks, drift.status?.()]).toEqual([0, {}]);
    here.config = { drift: {} };
    drift.changed?.();
    await here.pass(drift, 31);
    expect(looks).toBe(1);
  });

  it('tells what is new once, what becomes another drift, and what is gone; a new agent does not tell it anew', async () => {
    const drift = part();
    found = [dead('a'), dead('b', { what: 'changed', paths: ['/resources/cpu'] })];
    await here.pass(drift, 240);
    expect(looks).toBe(3);
    expect(here.types()).toEqual(['drift_found a', 'drift_found b']);
    expect(here.events()[1]).toMatchObject({ message: 'b changed: /resources/cpu', severity: 'warning' });
    expect(drift.status?.()).toMatchObject({ drift: { workloads: ['a', 'b'] } });
    const next = part();
    found = [dead('b', { what: 'gone' })];
    await here.pass(next, 130);
    expect(here.types()).toEqual(['drift_found a', 'drift_found b', 'drift_found b', 'drift_gone a']);
  });

  it('says once why it cannot be told, and that it can again', async () => {
    const drift = part();
    found = new Error('no docker');
    await here.pass(drift, 350);
    expect(drift.status?.()).toMatchObject({ drift: { error: 'no docker' } });
    found = [];
    await here.pass(drift, 100);
    expect(here.logged).toEqual(['drift cannot be told: no docker', 'drift can be told again']);
    expect(drift.status?.()).toMatchObject({ drift: { workloads: [] } });
    expect(drift.status?.().drift).not.toHaveProperty('error');
  });

  it('reads what pj drift prints, and refuses what it does not know', () => {
    const pj = { id: 'a', kind: 'vm', what: 'gone', paths: ['/x'], since: 's', detail: 'd', more: 1 };
    expect(findingsIn(JSON.stringify({ resource_drift: [{ pj }] }))).toEqual([
      { id: 'a', kind: 'vm', what: 'gone', paths: ['/x'], since: 's', detail: 'd' },
    ]);
    for (const text of ['', '[]', '{"resource_drift":[{}]}', '{"resource_drift":[{"pj":{"id":"a","what":"new"}}]}'])
      expect(() => findingsIn(text)).toThrow();
  });
});

describe('healing', () => {
  it('is not done unless it is asked for', async () => {
    found = [dead('a')];
    await here.pass(part(), 240);
    expect(here.acts).toEqual([]);
  });

  it('asks for those that drifted, as the instances that they were, and tells what came of it', async () => {
    here.config = { drift: { interval: 100, heal: 'safe' } };
    here.act = () =>
      Promise.resolve({ ...NOTHING, ok: false, done: ['a'], failed: [{ id: 'b', code: 'PJ5301', message: 'no' }] });
    found = [dead('a'), dead('b')];
    await here.pass(part(), 30);
    const instances = { a: 'of a', b: 'of b' };
    expect(here.acts).toEqual([{ action: 'heal', ids: ['a', 'b'], reason: 'drift', instances, safe: true }]);
    expect(here.types()).toEqual(['drift_found a', 'drift_found b', 'drift_healed a', 'heal_failed b']);
  });

  it('that keeps failing becomes more and more seldom, over the end of the agent too', async () => {
    here.config = { drift: { interval: 100, heal: 'always' } };
    here.act = () => Promise.resolve({ ...NOTHING, ok: false, failed: [{ id: 'a', code: 'PJ5301', message: 'no' }] });
    found = [dead('a')];
    await here.pass(part(), 1_000);
    const first = here.acts.length;
    expect(first).toBeLessThanOrEqual(5);
    await here.pass(part(), 6_000);
    // 200, 400, 800, 1600, then an hour at most.
    expect(here.acts.length).toBeLessThanOrEqual(8);
    expect(here.acts.length).toBeGreaterThan(first);
  });

  it('leaves to its restart policy what that restarts, unless it still is down a moment later', async () => {
    here.records = [];
    here.add('a', { spec: { native: { command: 'run' } } as never });
    here.config = { drift: { interval: 100, heal: 'safe' } };
    found = [dead('a')];
    const drift = part();
    await here.pass(drift, 30);
    expect([looks, here.acts.length]).toEqual([1, 0]);
    await here.pass(drift, 31);
    expect([looks, here.acts.length]).toEqual([2, 1]);
  });

  it('tells of no failure where what had stopped runs again by then, and heals it when it stops once more', async () => {
    here.config = { drift: { interval: 100, heal: 'safe' } };
    found = [dead('a')];
    const drift = part();
    await here.pass(drift, 30);
    expect([here.acts.length, here.types()]).toEqual([1, ['drift_found a']]);
    found = [];
    await here.pass(drift, 150);
    found = [dead('a')];
    await here.pass(drift, 150);
    expect([here.acts.length, here.types()]).toEqual([2, ['drift_found a', 'drift_gone a', 'drift_found a']]);
  });

  it('does not ask again for what healing leaves, until it is another drift', async () => {
    here.config = { drift: { interval: 100, heal: 'safe' } };
    here.act = () => Promise.resolve({ ...NOTHING, left: { a: 'it would have to be replaced' } });
    found = [dead('a', { what: 'changed', paths: ['/container/image'] })];
    const drift = part();
    await here.pass(drift, 900);
    expect(here.acts).toHaveLength(1);
    expect(here.types()).toEqual(['drift_found a', 'heal_failed a']);
    found = [dead('a')];
    await here.pass(drift, 300);
    expect(here.acts).toHaveLength(2);
  });

  it('asks for what depends on something down only together with that', async () => {
    here.records = [];
    here.add('a', { spec: { native: { command: 'run' } } as never });
    here.add('b', {
      dependencies: [{ id: 'a', condition: 'started', optional: false, restart: false, source: 'declared' }],
    });
    here.config = { drift: { interval: 100, heal: 'safe' } };
    found = [dead('a'), dead('b')];
    const drift = part();
    await here.pass(drift, 30);
    expect([looks, here.acts.length]).toEqual([1, 0]);
    await here.pass(drift, 31);
    expect(here.acts.map(({ ids }) => ids)).toEqual([['a', 'b']]);
  });

  it('is not put off by attempts that were none, nor by a clock that was set back', () => {
    const healing = new Healing(here.awake());
    for (let i = 0; i < 9; i++) {
      healing.begin(['a'], 100);
      healing.undo();
    }
    expect(healing.triesOf('a')).toBe(0);
    for (let i = 0; i < 3; i++) healing.begin(['a'], 100);
    expect(healing.due([dead('a')]).ids).toEqual([]);
    here.time -= 500_000;
    expect(healing.due([dead('a')]).ids).toEqual(['a']);
  });

  it('tries again after longer and longer where it broke off half-way', async () => {
    here.config = { drift: { interval: 100, heal: 'always' } };
    here.act = () => Promise.resolve({ ...NOTHING, ok: false, error: { code: 'PJ5702', message: 'it was killed' } });
    found = [dead('a')];
    await here.pass(part(), 6_000);
    expect(here.acts.length).toBeGreaterThan(2);
    expect(here.acts.length).toBeLessThan(15);
  });

  it('tries again at the next look where somebody held the lock', async () => {
    here.config = { drift: { interval: 100, heal: 'safe' } };
    here.act = () => Promise.resolve({ ...NOTHING, ok: false, error: { code: 'PJ3010', message: 'locked' } });
    found = [dead('a')];
    await here.pass(part(), 240);
    expect(here.acts.length).toBeGreaterThanOrEqual(2);
    expect(here.types()).toEqual(['drift_found a']);
  });
});
