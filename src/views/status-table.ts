import type { Health } from '../model/lifecycle.ts';
import type { Kind } from '../model/workload.ts';
import { ageOf } from './age.ts';
import { paintWith, type Screen } from './paint.ts';
import { bytes, cores } from './quantity-text.ts';
import { table } from './table.ts';
import { safe } from './text-safety.ts';

/** One workload, as it is now. */
export interface StatusRow {
  id: string;
  kind: Kind;
  state: string;
  health: Health;
  /** ISO 8601. */
  since?: string;
  detail?: string;
  address?: string;
  pid?: number;
  restarts?: number;
  /** Cores. */
  cpu?: number;
  /** Bytes. */
  memory?: number;
  lastError?: string;
}

/** What `pj status` shows: a line a workload, and below it why one is not well. What is not known is `-`. */
export function statusToText(rows: readonly StatusRow[], screen: Screen): string {
  if (rows.length === 0) return 'Nothing is applied here yet.\n';
  const paint = paintWith(screen.chalk);
  const colour = (text: string, row: number) => stateColour(rows[row], paint)(text);
  const columns = [
    { title: 'ID' },
    { title: 'KIND' },
    { title: 'STATE', paint: colour },
    { title: 'HEALTH', paint: colour },
    { title: 'SINCE', align: 'right' as const },
    { title: 'RESTARTS', align: 'right' as const },
    { title: 'CPU', align: 'right' as const },
    { title: 'MEMORY', align: 'right' as const },
    { title: 'ADDRESS' },
  ];
  const cells = rows.map((row) => [
    safe(row.id),
    row.kind,
    safe(row.state),
    row.health === 'none' ? '-' : row.health,
    (row.since === undefined ? undefined : ageOf(row.since, screen.now)) ?? '-',
    row.restarts === undefined ? '-' : String(row.restarts),
    row.cpu === undefined ? '-' : cores(row.cpu),
    row.memory === undefined ? '-' : bytes(row.memory),
    row.address === undefined ? '-' : safe(row.address),
  ]);
  const lines = table(columns, cells, { title: paint.strong });
  const notes = rows.flatMap((row) => {
    const why = [row.detail, row.lastError]
      .filter((text) => text !== undefined && text !== '')
      .map((text) => safe(text ?? ''));
    return why.length === 0 ? [] : [`${safe(row.id)}: ${[...new Set(why)].join('; ')}`];
  });
  return `${[...lines, ...(notes.length > 0 ? ['', ...notes] : [])].join('\n')}\n`;
}

/** The same for programs. */
export function statusToJson(rows: readonly StatusRow[]): { format_version: '1.0'; workloads: readonly StatusRow[] } {
  return { format_version: '1.0', workloads: rows };
}

function stateColour(row: StatusRow | undefined, paint: ReturnType<typeof paintWith>): (text: string) => string {
  if (row === undefined) return (text) => text;
  if (row.state === 'FAILED' || row.state === 'GONE' || row.health === 'unhealthy') return paint.error;
  if (row.state === 'RUNNING' || row.state === 'COMPLETED')
    return row.health === 'starting' ? paint.warning : paint.good;
  return paint.warning;
}
