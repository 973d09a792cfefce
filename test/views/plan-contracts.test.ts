import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/model/json.ts';
import { isObject } from '../../src/model/json.ts';
import type { Plan } from '../../src/model/plan.ts';
import { planToJson } from '../../src/views/plan-json.ts';
import { planToText } from '../../src/views/plan-text.ts';
import { change, NOW, planOf, richPlan, spec } from './plan-fixtures.ts';

/** What the tools that read Terraform plans do with ours, each after its own source (plan-apply-tools.md, 2.2). */
const json = (plan: Plan): Json => JSON.parse(JSON.stringify(planToJson(plan, { timestamp: NOW.toISOString() })));
const text = (plan: Plan): Promise<string> => planToText(plan, { mode: 'default', width: 80, now: NOW });

const both = { before: spec({ native: { command: 'x' } }), after: spec({ native: { command: 'x' } }) };
const refusedPlan = planOf([
  change('a', 'delete', { before: both.before, refused: { code: 'PJ2001', message: 'preventDestroy' } }),
]);
const PLANS: [string, Plan][] = [
  ['rich', richPlan()],
  ['empty', planOf([])],
  ['refused', refusedPlan],
  [
    'all kinds',
    planOf(
      (['vm', 'container', 'java', 'external'] as const).map((k) =>
        change(k, 'create', { kind: k, after: both.after }),
      ),
    ),
  ],
];

const field = (value: Json | undefined, key: string): Json | undefined => (isObject(value) ? value[key] : undefined);
const list = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);

describe.each(PLANS)('a %s plan', (_name, plan) => {
  const document = json(plan);
  const changes = list(field(document, 'resource_changes'));

  it('passes the strict check of terraform-plan-comment', () => {
    expect(String(field(document, 'format_version'))).toMatch(/^1\./);
    const tuples = [
      'no-op',
      'create',
      'read',
      'update',
      'delete,create',
      'create,delete',
      'delete',
      'forget',
      'create,forget',
    ];
    for (const one of changes) {
      expect(typeof field(one, 'address')).toBe('string');
      expect(tuples).toContain(list(field(field(one, 'change'), 'actions')).join());
    }
  });

  it('has what hashicorp/terraform-json requires and its Go types can hold', () => {
    const version = Number(field(document, 'format_version'));
    expect(version >= 0.1 && version < 2).toBe(true);
    const prior = field(document, 'prior_state');
    if (prior !== undefined) expect(Number(field(prior, 'format_version'))).toBeLessThan(2);
    for (const one of [...changes, ...list(field(document, 'resource_drift'))]) {
      for (const key of ['address', 'mode', 'type', 'name', 'provider_name'])
        expect(typeof field(one, key)).toBe('string');
      expect(['undefined', 'string']).toContain(typeof field(one, 'action_reason'));
    }
    for (const key of ['applyable', 'complete', 'errored']) expect(typeof field(document, key)).toBe('boolean');
    for (const key of ['planned_values', 'configuration']) expect(isObject(field(document, key))).toBe(true);
    const resources = list(field(field(field(document, 'planned_values'), 'root_module'), 'resources'));
    for (const one of resources) {
      expect(field(one, 'schema_version')).toBe(0);
      expect(isObject(field(one, 'values'))).toBe(true);
    }
  });

  it('can be indexed directly, as checkov does', () => {
    for (const one of changes) {
      const body = field(one, 'change');
      if (!isObject(body)) throw new Error('no change');
      for (const key of ['actions', 'before', 'after', 'after_unknown']) expect(Object.hasOwn(body, key)).toBe(true);
    }
    const config = field(field(document, 'configuration'), 'root_module');
    for (const one of list(field(config, 'resources'))) {
      const provider = field(
        field(field(document, 'configuration'), 'provider_config'),
        String(field(one, 'provider_config_key')),
      );
      expect(typeof field(provider, 'name')).toBe('string');
    }
  });

  it('gives Atlantis its counts or its sentence, exactly one of the two', async () => {
    const output = await text(plan);
    const counts =
      /Plan: (?:(\d+) to import, )?(\d+) to add, (\d+) to change, (\d+) to destroy(?:, (\d+) to forget)?\./.exec(
        output,
      );
    const none = output.includes('No changes. Your infrastructure matches the configuration.');
    expect(counts === null).toBe(none);
    if (counts !== null)
      expect(counts.slice(2, 5).map(Number)).toEqual([plan.summary.add, plan.summary.change, plan.summary.destroy]);
  });
});

describe('the text of a plan', () => {
  it('has the lines that tfcmt looks for, each workload once', async () => {
    const lines = (await text(richPlan())).split('\n');
    const found = (pattern: RegExp) => lines.flatMap((line) => pattern.exec(line)?.[1] ?? []);
    expect(found(/^ *# (.*?) will be created$/)).toEqual(['pj_native.cache']);
    expect(found(/^ *# (.*?) will be updated in-place$/)).toEqual(['pj_native.conf']);
    expect(found(/^ *# (.*?) will be destroyed$/)).toEqual(['pj_native.old']);
    expect(found(/^ *# (.*?)(?: is tainted, so)? must be replaced$/)).toEqual(['pj_native.db']);
    expect(found(/^ *# (.*?) will be replaced, as requested$/)).toEqual(['pj_native.shop__web-0']);
    expect(lines.filter((line) => /^Plan: \d/.test(line))).toHaveLength(1);
  });

  it('words tainted, triggered and moved workloads as Terraform does', async () => {
    const plan = planOf([
      change('a', 'replace', { ...both, causes: [{ type: 'failed', error: 'exit 1' }] }),
      change('b', 'replace', { ...both, causes: [{ type: 'dependency', workload: 'a', what: 'replaced' }] }),
      change('d', 'no-op', { ...both, previousId: 'c' }),
      change('f', 'update', { ...both, previousId: 'e' }),
    ]);
    const output = await text(plan);
    expect(output).toContain('  # pj_native.a is tainted, so must be replaced\n  # (it failed before: exit 1)\n');
    expect(output).toContain(
      '  # pj_native.b will be replaced due to changes in replace_triggered_by\n  # (pj_native.a is replaced)\n',
    );
    expect(output).toContain('  # pj_native.c has moved to pj_native.d\n    resource "pj_native" "d" {\n');
    expect(output).toContain('  # pj_native.f will be updated in-place\n  # (moved from pj_native.e)\n');
  });
});

describe('a policy in the manner of conftest', () => {
  // deny[msg] { r := input.resource_changes[_]; r.type == "pj_native"; r.change.actions[_] == "delete"; ... }
  const destroyed = (input: Json) =>
    list(field(input, 'resource_changes'))
      .filter((r) => field(r, 'type') === 'pj_native' && list(field(field(r, 'change'), 'actions')).includes('delete'))
      .map((r) => field(r, 'address'));
  const unlimited = (input: Json) =>
    list(field(field(field(input, 'planned_values'), 'root_module'), 'resources'))
      .filter((r) => field(field(field(r, 'values'), 'resources'), 'memory') === undefined)
      .map((r) => field(r, 'name'));

  it('finds what is destroyed, replaced ones too', () => {
    expect(destroyed(json(richPlan()))).toEqual(['pj_native.db', 'pj_native.old', 'pj_native.shop__web-0']);
  });

  it('finds planned values', () => {
    expect(unlimited(json(richPlan()))).toEqual(['api', 'conf', 'db', 'quiet', 'shop__web-0', 'worker']);
  });
});
