import type { Observed } from '../model/observed.ts';
import { ago } from './age.ts';
import { paintWith, type Screen } from './paint.ts';
import { table } from './table.ts';
import { safe } from './text-safety.ts';

/** One snapshot, as people see it. */
export interface SnapshotRow {
  name: string;
  /** ISO 8601. */
  createdAt: string;
  memory: boolean;
  status: Observed['status'];
  current: boolean;
  description?: string;
}

/** Snapshots as a table; the one that the machine's disks go on from has a star. */
export function snapshotTable(rows: readonly SnapshotRow[], screen: Screen): string {
  const paint = paintWith(screen.chalk);
  const head = ['', 'NAME', 'MADE', 'MACHINE', 'HOLDS', 'DESCRIPTION'].map((title) => ({ title }));
  const cells = rows.map((row) => [
    row.current ? '*' : '',
    safe(row.name),
    ago(row.createdAt, screen.now) ?? safe(row.createdAt),
    row.status,
    row.memory ? 'disks, memory' : 'disks',
    safe(row.description ?? ''),
  ]);
  return `${table(head, cells, { width: screen.width, title: paint.strong }).join('\n')}\n`;
}

/** What a revert loses, line by line. */
export function lossLines(id: string, to: SnapshotRow, later: readonly SnapshotRow[], now: Date): string[] {
  const age = ago(to.createdAt, now);
  const names = later.map(({ name }) => safe(name)).join(', ');
  return [
    `${safe(to.name)} was made ${age === undefined ? '' : `${age}, `}at ${safe(to.createdAt)}, when ${id} was ${to.status}.`,
    `All that ${id} has written to its disks since then is lost${to.memory ? ', and what it runs now' : ''}.`,
    ...(later.length === 0 ? [] : [`Made since then: ${names}.`]),
  ];
}
