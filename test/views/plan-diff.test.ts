import { describe, expect, it } from 'vitest';
import { diffPlans, planDiffToText } from '../../src/views/plan-diff.ts';
import { change, NOW, planOf, secret, spec } from './plan-fixtures.ts';

const screen = { width: 100, now: NOW, names: ['a.plan', 'b.plan'] as [string, string] };
const env = (value: string) => spec({ env: { A: value, B: 'same' }, native: { command: 'x' } });

describe('the difference of two plans', () => {
  it('is none for plans that do the same, though their causes are worded otherwise', () => {
    const a = planOf([change('w', 'create', { after: env('1') })]);
    const b = planOf([change('w', 'create', { after: env('1'), causes: [{ type: 'interrupted' }] })]);
    const same = diffPlans(a, b);
    expect(same.same).toBe(true);
    expect(planDiffToText(same, screen)).toBe('No differences. a.plan and b.plan do the same.\n');
  });

  it('tells what only one does, what does something else, and which values differ', () => {
    const a = planOf([
      change('gone', 'create', { after: env('1') }),
      change('other', 'update', { before: env('0'), after: env('1') }),
      change('value', 'create', { after: env('1') }),
    ]);
    const b = planOf(
      [
        change('fresh', 'delete', { before: env('1') }),
        change('other', 'replace', { before: env('0'), after: env('1'), downtime: true }),
        change('value', 'create', { after: env('2') }),
      ],
      { serial: 8 },
    );
    expect(planDiffToText(diffPlans(a, b), screen)).toMatchInlineSnapshot(`
      "A: a.plan  Plan: 2 to add, 1 to change, 0 to destroy.
      B: b.plan  Plan: 2 to add, 0 to change, 2 to destroy.

      ~ serial: 7 -> 8
      - pj_native.gone: + create only in A
      + pj_native.fresh: - destroy only in B
      ~ pj_native.other: ~ update -> -/+ replace; other steps; goes down only in B
      ~ pj_native.value: + create; other values at env/A
      "
    `);
  });

  it('compares sensitive values by their digests and says when these cannot be compared', () => {
    const at = (digest: string) => [change('w', 'create', { after: spec({ env: { T: { ...secret('t', digest) } } }) })];
    const diff = diffPlans(planOf(at('aa'), { digestKeyId: 'k1' }), planOf(at('bb'), { digestKeyId: 'k2' }));
    expect(diff.changed[0]?.paths).toEqual(['/env/T']);
    expect(diff.context['digest key']).toEqual(['k1', 'k2']);
  });

  it('tells another order of the same steps', () => {
    const a = planOf([change('a', 'create', { after: {} }), change('b', 'create', { after: {} })]);
    const b = structuredClone(a);
    b.steps.find((step) => step.id === 'start b')?.dependsOn.push('start a');
    const diff = diffPlans(a, b);
    expect(diff.same).toBe(false);
    expect(Object.keys(diff.context)).toEqual(['order of steps']);
  });
});
