import { FAMILIES, type Family, type Group, type Series } from './families.ts';
import { labelled, tagLabels } from './labels.ts';
import type { Row } from './row.ts';
import type { Tally } from './tally.ts';

/**
 * What is served of workloads, in Prometheus' text format 0.0.4. Written here and not by prom-client, which takes ten times as long for it
 * (docs/adr/0009-metrics.md).
 */
export function writeWorkloads(rows: readonly Row[], tally: Tally, groups: ReadonlySet<Group>): string {
  const parts: string[] = [];
  for (const family of families(tally)) if (groups.has(family.group)) write(parts, family, rows);
  return parts.join('');
}

const info: Family = {
  name: 'pj_workload_info',
  type: 'gauge',
  help: 'Always 1: its provider, its version and its tags (`tag_NAME`) are labels.',
  group: 'workload',
  of({ record: { provider, spec } }) {
    const version = typeof spec.version === 'string' ? spec.version : '';
    return [{ more: labelled({ provider, version, ...tagLabels(spec.tags ?? {}) }), value: 1 }];
  },
};

/** All families, those among them that count events. */
function families(tally: Tally): Family[] {
  const counted = (of: 'violations' | 'actions', help: string): Family => ({
    name: `pj_workload_quota_${of}_total`,
    type: 'counter',
    help,
    group: 'workload',
    of: ({ record }) =>
      Object.entries(tally.quotas[record.id]?.[of] ?? {}).map(([key, value]): Series => {
        const [resource = '', action = ''] = key.split(' ');
        return { more: labelled({ resource, action }), value };
      }),
  });
  return [
    info,
    ...FAMILIES,
    counted('violations', 'Times that it broke a quota.'),
    counted('actions', 'Times that the agent acted upon a broken quota.'),
  ];
}

function write(parts: string[], { name, type, help, of }: Family, rows: readonly Row[]): void {
  const before = parts.length;
  for (const row of rows) {
    const value = of(row);
    if (value === undefined) continue;
    if (typeof value === 'number') {
      if (Number.isFinite(value)) parts.push(`${name}{${row.labels}} ${value}\n`);
      continue;
    }
    for (const one of value)
      if (Number.isFinite(one.value)) parts.push(`${name}{${row.labels},${one.more}} ${one.value}\n`);
  }
  // A family without a series is not told of: promtool and people would look for it.
  if (parts.length > before)
    parts.splice(before, 0, `# HELP ${name} ${help.replaceAll('\\', '\\\\')}\n# TYPE ${name} ${type}\n`);
}
