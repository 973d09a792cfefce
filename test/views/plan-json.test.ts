import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { canonical, type Json } from '../../src/model/json.ts';
import { planToJson } from '../../src/views/plan-json.ts';
import type { ResourceChangeJson } from '../../src/views/plan-json-types.ts';
import { change, difference, NOW, planOf, richPlan, secret, spec, unknown } from './plan-fixtures.ts';
import { keepsTo } from './schema.ts';

const timestamp = NOW.toISOString();
const jsonOf = (...args: Parameters<typeof planOf>) => planToJson(planOf(...args), { timestamp });

function only(...args: Parameters<typeof planOf>): ResourceChangeJson {
  const [first] = jsonOf(...args).resource_changes;
  if (first === undefined) throw new Error('no change');
  return first;
}

describe('the plan as JSON', () => {
  it('keeps to schemas/plan.json, and the saved plan to schemas/plan-file.json', async () => {
    const check = await keepsTo('plan');
    check(planToJson(richPlan(), { timestamp }));
    check(jsonOf([]));
    check(jsonOf([change('a', 'wait', { causes: [{ type: 'unhealthy' }], before: {}, after: {} })], { lineage: null }));
    const plan = richPlan() as unknown as Json;
    const digest = `sha256:${createHash('sha256').update(canonical(plan)).digest('hex')}`;
    (await keepsTo('plan-file'))({ type: 'pj-plan', formatVersion: 1, digest, plan });
  });

  it('gives every action one of the nine tuples, and both sides always', () => {
    const both = { before: spec({ native: { command: 'a' } }), after: spec({ native: { command: 'a' } }) };
    const tuple = (action: Parameters<typeof change>[1]) => only([change('a', action, both)]).change;
    expect(tuple('create')).toMatchObject({ actions: ['create'], before: null, before_sensitive: false });
    expect(tuple('delete')).toMatchObject({
      actions: ['delete'],
      after: null,
      after_sensitive: false,
      after_unknown: {},
    });
    expect(tuple('forget')).toMatchObject({ actions: ['forget'], after: null });
    expect(tuple('replace').actions).toEqual(['delete', 'create']);
    expect(tuple('create-before-destroy').actions).toEqual(['create', 'delete']);
    for (const action of ['update', 'restart', 'start', 'stop', 'pause', 'resume', 'wait'] as const)
      expect(tuple(action).actions).toEqual(['update']);
    expect(tuple('no-op')).toMatchObject({ actions: ['no-op'], before: { id: 'a' }, after: { id: 'a' } });
  });

  it('leaves unknown leaves out of after and marks them, in lists too', () => {
    const after = spec({
      env: { URL: { ...unknown('db', 'address') }, A: 'b' },
      native: { command: 'x', args: ['a', { ...unknown('db', 'ports.80') }] },
    });
    const json = jsonOf([change('web', 'create', { after }), change('db', 'no-op', { before: {}, after: {} })]);
    const web = json.resource_changes[1];
    expect(web?.change.after).toEqual({ id: 'web', env: { A: 'b' }, native: { command: 'x', args: ['a', null] } });
    expect(web?.change.after_unknown).toEqual({ env: { URL: true }, native: { args: [false, true] } });
    expect(json.relevant_attributes).toEqual([
      { resource: 'pj_native.db', attribute: ['address'] },
      { resource: 'pj_native.db', attribute: ['ports', '80'] },
    ]);
    expect(json.configuration.root_module.resources?.[1]?.expressions).toEqual({
      env: { references: ['pj_native.db.address', 'pj_native.db'] },
      native: { references: ['pj_native.db.ports.80', 'pj_native.db'] },
    });
  });

  it('hides sensitive values, marks them, and tells a changed one by short digests that differ', () => {
    const at = (digest: string) => spec({ env: { TOKEN: { ...secret('token', digest) } } });
    const { change: values, pj } = only([change('a', 'update', { before: at('abcd1111'), after: at('abcd2222') })]);
    expect(values.before).toEqual({ id: 'a', env: { TOKEN: '(sensitive value)' } });
    expect(values.after_sensitive).toEqual({ env: { TOKEN: true } });
    expect(pj.fingerprints).toEqual({ before: { '/env/TOKEN': 'abcd1' }, after: { '/env/TOKEN': 'abcd2' } });
  });

  it('shows reality as before where it drifted, and keeps what was applied last', () => {
    const own = { native: { command: 'x' }, resources: { cpu: 2 } };
    const drifted = difference('/resources/cpu', {
      before: 2,
      observed: 8,
      after: 2,
      cause: { type: 'drift', what: 'changed' },
    });
    const json = only([change('a', 'update', { before: spec(own), after: spec(own), differences: [drifted] })]);
    expect(json.change.before).toMatchObject({ resources: { cpu: 8 } });
    expect(json.change.after).toMatchObject({ resources: { cpu: 2 } });
    expect(json.pj.differences[0]).toMatchObject({ path: '/resources/cpu', last_applied: 2 });
  });

  it('writes replace paths with numbers for list indices only', () => {
    const at = (args: string[], port: string) => spec({ native: { command: 'x', args }, env: { '0': port } });
    const json = only([
      change('a', 'replace', {
        before: at(['a'], '1'),
        after: at(['b'], '2'),
        forcedBy: ['/native/args/0', '/env/0'],
        updateClass: 'replace',
      }),
    ]);
    expect(json.change.replace_paths).toEqual([
      ['native', 'args', 0],
      ['env', '0'],
    ]);
    expect(json.action_reason).toBe('replace_because_cannot_update');
  });

  it('is not applyable when refused or empty, and not complete with targets', () => {
    expect(jsonOf([]).applyable).toBe(false);
    expect(jsonOf([change('a', 'create', { after: {} })])).toMatchObject({ applyable: true, complete: true });
    const refused = { code: 'PJ2001', message: 'lifecycle.preventDestroy is set' };
    const json = jsonOf([change('a', 'delete', { before: {}, refused })]);
    expect(json).toMatchObject({ applyable: false, errored: false });
    expect(json.pj.effects.refused).toEqual([{ id: 'a', ...refused }]);
    const options = { ...planOf([]).options, targets: ['a'] };
    expect(jsonOf([], { options }).complete).toBe(false);
  });

  it('sorts by address and is the same text for the same plan', () => {
    const text = () => JSON.stringify(planToJson(richPlan(), { timestamp }));
    expect(text()).toBe(text());
    const addresses = planToJson(richPlan(), { timestamp }).resource_changes.map((c) => c.address);
    expect(addresses).toEqual([...addresses].sort());
  });

  it('keeps a key named __proto__ as a key', () => {
    const env = JSON.parse('{"__proto__":"x"}') as Record<string, string>;
    const json = only([change('a', 'create', { after: { env } })]);
    expect(JSON.stringify(json.change.after)).toBe('{"id":"a","env":{"__proto__":"x"}}');
  });
});
