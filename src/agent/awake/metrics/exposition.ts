import { FAMILIES, type Family, type Group, type Series } from './families.ts';
import { labelled, tagLabels } from './labels.ts';
import type { Row } from './row.ts';
import type { Tally } from './tally.ts';

/**
 * What is served of workloads, in Prometheus' text format 0.0.4. Written here and not by prom-client, which takes ten times as long for it
 * (docs/adr/0011-metrics.md).
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
  fixed: true,
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

function write(parts: string[], family: Family, rows: readonly Row[]): void {
  const { name, type, help } = family;
  const before = parts.length;
  for (const row of rows) {
    const text = family.fixed ? writtenOnce(family, row) : series(family, row);
    if (text !== '') parts.push(text);
  }
  // A family without a series is not told of: promtool and people would look for it.
  if (parts.length > before) {
    parts.splice(before, 0, `# HELP ${name} ${help.replaceAll('\\', '\\\\')}\n# TYPE ${name} ${type}\n`);
  }
}

function writtenOnce(family: Family, row: Row): string {
  let text = row.fixed.written.get(family.name);
  if (text === undefined) {
    text = series(family, row);
    row.fixed.written.set(family.name, text);
  }
  return text;
}

/** The lines of one workload; empty where it has none. */
function series({ name, of }: Family, row: Row): string {
  const value = of(row);
  if (value === undefined) return '';
  if (typeof value === 'number') return Number.isFinite(value) ? `${name}{${row.fixed.labels}} ${value}\n` : '';
  let text = '';
  for (const one of value) {
    if (Number.isFinite(one.value)) text += `${name}{${row.fixed.labels},${one.more}} ${one.value}\n`;
  }
  return text;
}
