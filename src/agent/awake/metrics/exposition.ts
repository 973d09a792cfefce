import { families } from './families.ts';
import type { Family, Group } from './family.ts';
import type { WrittenRow } from './row.ts';
import type { Tally } from './tally.ts';

/**
 * What is served of workloads, in Prometheus' text format 0.0.4. Written here and not by prom-client, which takes ten times as long for it
 * (docs/adr/0011-metrics.md).
 */
export function writeWorkloads(rows: readonly WrittenRow[], tally: Tally, groups: ReadonlySet<Group>): string {
  const parts: string[] = [];
  for (const family of families(tally)) {
    if (family.group !== 'otlp' && groups.has(family.group)) write(parts, family, rows);
  }
  return parts.join('');
}

function write(parts: string[], family: Family, rows: readonly WrittenRow[]): void {
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

function writtenOnce(family: Family, row: WrittenRow): string {
  let text = row.fixed.written.get(family.name);
  if (text === undefined) {
    text = series(family, row);
    row.fixed.written.set(family.name, text);
  }
  return text;
}

/** The lines of one workload; empty where it has none. */
function series({ name, of }: Family, row: WrittenRow): string {
  const value = of(row);
  if (value === undefined) return '';
  if (typeof value === 'number') return Number.isFinite(value) ? `${name}{${row.fixed.labels}} ${value}\n` : '';
  let text = '';
  for (const one of value) {
    if (Number.isFinite(one.value)) text += `${name}{${row.fixed.labels},${one.more}} ${one.value}\n`;
  }
  return text;
}
