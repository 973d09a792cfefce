import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/model/plan.ts';
import { findStale, type Now } from '../../src/planner/stale.ts';
import { verifyPlan } from '../../src/planner/verify.ts';
import { digest, type Given, inputOf, planOf, recorded, seen, sha256, snapshotOf, workload } from './scene.ts';

const args = {
  native: { command: 'run', args: ['-x'] },
  env: { KEY: { $template: { parts: [{ secret: 'db' }], sensitive: true } } as never },
};
const kept = (value: string) => ({
  native: { command: 'run' },
  env: { KEY: { $sensitive: { parts: [{ secret: 'db' }], digest: digest(value) } } as never },
});
const given: Given = {
  desired: [workload('web', { spec: args, dependencies: ['base'] }), workload('base'), workload('lone')],
  records: [
    recorded(workload('web', { spec: kept('s3cret'), dependencies: ['base'] })),
    recorded(workload('base')),
    recorded(workload('lone')),
  ],
  observed: [
    seen('web', 'running', { fields: { '/env/KEY': 's3cret' } }),
    seen('base', 'running'),
    seen('lone', 'running'),
  ],
  secrets: { db: 's3cret' },
};

function nowOf(of: Given, more: Partial<Now> = {}): Now {
  const { snapshot, observed, sensitive } = inputOf(of);
  return { snapshot, observed, sha256, keyId: sensitive.keyId, digest, lookup: sensitive.lookup, ...more };
}

describe('a saved plan', () => {
  const made = planOf(given);

  it('digests what it changes and what that depends on, without what changes by itself', () => {
    expect(Object.keys(made.observedDigests)).toEqual(['base', 'web']);
    const later = (given.observed ?? []).map((one) => ({
      ...one,
      since: 'later',
      restarts: 3,
      attributes: { pid: 7 },
    }));
    expect(planOf({ ...given, observed: later }).observedDigests).toEqual(made.observedDigests);
  });

  it('holds where nothing has moved', () => {
    expect(findStale(made, nowOf(given))).toEqual([]);
  });

  it('is stale when the state moved on, or is another one', () => {
    const snapshot = snapshotOf(given.records ?? []);
    expect(findStale(made, nowOf(given, { snapshot: { ...snapshot, serial: 8 } }))).toMatchObject([
      { workload: '', reason: expect.stringContaining('serial 7') },
    ]);
    expect(findStale(made, nowOf(given, { snapshot: { ...snapshot, lineage: 'other' } }))).toMatchObject([
      { reason: expect.stringContaining('lineage') },
    ]);
    expect(findStale(made, nowOf(given, { snapshot: undefined }))).toMatchObject([
      { reason: expect.stringContaining('lineage') },
    ]);
  });

  it('is not stale for a state that was only opened since', () => {
    const first = planOf({ desired: [workload('lone')] });
    expect(
      findStale(first, nowOf({ ...given, records: [], observed: [] }, { snapshot: { ...snapshotOf([]), serial: 0 } })),
    ).toEqual([]);
    expect(findStale(first, nowOf(given))).toMatchObject([{ reason: expect.stringContaining('lineage') }]);
  });

  it('is stale when what it would change looks otherwise, or cannot be told', () => {
    const observed = new Map([
      ['web', seen('web', 'dead', { detail: 'exited 1' })],
      ['base', seen('base', 'running')],
    ]);
    expect(findStale(made, nowOf(given, { observed }))).toEqual([
      { workload: 'web', reason: 'it no longer looks as it did: it is dead now (exited 1)' },
    ]);
    expect(findStale(made, nowOf(given, { observed: new Map() }))).toHaveLength(2);
  });

  it('is stale when a sensitive value differs, and names its source but not the value', () => {
    const stale = findStale(made, nowOf({ ...given, secrets: { db: 'rotated' } }));
    expect(stale).toEqual([
      { workload: 'web', reason: 'a sensitive value differs from the one it was planned with: secret.db' },
    ]);
    expect(findStale(made, nowOf(given, { keyId: 'k2' }))).toMatchObject([
      { workload: '', reason: expect.stringContaining('k1') },
    ]);
  });

  it('looks for moved workloads under their old id', () => {
    const before: Given = { records: [recorded(workload('old'))], observed: [seen('old', 'running')] };
    const moving = planOf({
      ...before,
      desired: [workload('new', { spec: { native: { command: 'run', args: ['-x'] } } })],
      moved: [{ from: 'old', to: 'new' }],
    });
    expect(Object.keys(moving.observedDigests)).toEqual(['new']);
    expect(findStale(moving, nowOf(before))).toEqual([]);
  });
});

describe('verifyPlan', () => {
  const whole = planOf(given);
  const broken = (change: (plan: Plan) => void): Plan => {
    const copy = structuredClone(whole);
    change(copy);
    return copy;
  };

  it('takes a plan as it was made', () => {
    expect(() => verifyPlan(structuredClone(whole))).not.toThrow();
  });

  it.each<[string, (plan: Plan) => void, string]>([
    ['two steps of one id', (p) => p.steps.push(structuredClone(p.steps[0] as never)), 'two steps are called'],
    ['a dependency that is not there', (p) => p.steps[0]?.dependsOn.push('start nobody'), 'depends on "start nobody"'],
    ['a circle', (p) => p.steps[0]?.dependsOn.push(p.steps.at(-1)?.id ?? ''), 'wait for each other'],
    [
      'a step of nobody',
      (p) => {
        p.changes = p.changes.filter((c) => c.id !== 'web');
      },
      'is of web, which it does not know',
    ],
    [
      'a step without a spec',
      (p) => {
        p.workloads = {};
      },
      'has no spec for web',
    ],
    [
      'a change that names no step',
      (p) => p.changes.find((c) => c.id === 'lone')?.steps.push('start lone'),
      'which is no step of it',
    ],
    [
      'a step that its change hides',
      (p) => {
        for (const c of p.changes) c.steps = [];
      },
      'does not name step',
    ],
    [
      'a step of what is refused',
      (p) => {
        for (const c of p.changes) c.refused = { code: 'PJ2020', message: 'no' };
      },
      'which is refused',
    ],
    [
      'waves that are not those of the steps',
      (p) => {
        p.waves.reverse();
      },
      'its waves are not',
    ],
  ])('refuses %s', (_, change, message) => {
    expect(() => verifyPlan(broken(change))).toThrow(message);
  });
});
