import type { QuotaStatus } from '../model/awake.ts';
import type { Health } from '../model/lifecycle.ts';
import type { Kind } from '../model/workload.ts';
import { ageOf, ago } from './age.ts';
import { narrowedTable } from './narrowed-table.ts';
import { paintWith, type Screen } from './paint.ts';
import { bytes, cores } from './quantity-text.ts';
import { quotaText } from './quota-text.ts';
import type { Column } from './table.ts';
import { safe, safeLines } from './text-safety.ts';
import { prefixed } from './wording.ts';

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
  /** Why the agent holds it for unhealthy. */
  healthReason?: string;
  /** Its health, or its being up, changes again and again. */
  flapping?: boolean;
  /** How its enforced resources stand, as the agent knows. */
  quotas?: QuotaStatus[];
  /** It has quotas that are to be enforced: whether an agent watches them; absent too where that is not known. */
  quotasWatched?: boolean;
  /** Why they are not watched, or why that is not known. */
  unwatchedReason?: string;
  /** The imperative command that brought it to how it is, and when (ISO 8601). */
  imperative?: { command: string; at: string };
}

/** Columns that are left out where a terminal is too narrow for all, the first first. */
const SPARE = ['KIND', 'RESTARTS', 'CPU', 'ADDRESS', 'MEMORY', 'HEALTH', 'SINCE'];

/**
 * What `pj status` shows: a line a workload, and below it why one is not well. What is not known is `-`. Where the screen is too
 * narrow, columns are left out and at last ids are shortened in their middle; give it `width: Infinity` for what is no screen.
 */
export function statusToText(rows: readonly StatusRow[], screen: Screen): string {
  if (rows.length === 0) return 'Nothing is applied here yet.\n';
  const paint = paintWith(screen.chalk);
  const colour = (text: string, row: number) => stateColour(rows[row], paint)(text);
  const head: Column[] = [
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
    row.flapping === true ? 'flapping' : row.health === 'none' ? '-' : row.health,
    (row.since === undefined ? undefined : ageOf(row.since, screen.now)) ?? '-',
    row.restarts === undefined ? '-' : String(row.restarts),
    row.cpu === undefined ? '-' : cores(row.cpu),
    row.memory === undefined ? '-' : bytes(row.memory),
    row.address === undefined ? '-' : safe(row.address),
  ]);
  const lines = narrowedTable(head, cells, screen.width, SPARE, { title: paint.strong });
  const notes = rows.flatMap((row) => {
    const why = [onPurpose(row, screen.now) ?? row.detail, row.lastError]
      .filter((text) => text !== undefined && text !== '')
      .map((text) => safeLines(text ?? '')[0] ?? '');
    // What went wrong often tells how it ended too.
    const told = why.filter(
      (text, i) => !why.some((other, j) => j !== i && other.includes(text) && (other !== text || j < i)),
    );
    told.push(...watchedNotes(row, screen.now));
    return told.length === 0 ? [] : [safe(prefixed(row.id, told.join('; ')))];
  });
  notes.push(...unwatchedNotes(rows));
  return `${[...lines, ...(notes.length > 0 ? ['', ...notes] : [])].join('\n')}\n`;
}

/** A line for those whose quotas nobody watches, and one for those of which that is not known: each for one reason, as there is one agent. */
function unwatchedNotes(rows: readonly StatusRow[]): string[] {
  const line = (some: readonly StatusRow[], text: (why: string) => string): string[] => {
    const [first] = some;
    if (first === undefined) return [];
    return [
      `${some.map(({ id }) => safe(id)).join(', ')}: ${text(safeLines(first.unwatchedReason ?? 'no agent runs')[0] ?? '')}`,
    ];
  };
  const unknown = ({ quotasWatched, unwatchedReason }: StatusRow) =>
    quotasWatched === undefined && unwatchedReason !== undefined;
  return [
    ...line(
      rows.filter(({ quotasWatched }) => quotasWatched === false),
      (why) => `quotas are not watched: ${why} (pj agent start)`,
    ),
    ...line(rows.filter(unknown), (why) => `whether quotas are watched is not known: ${why} (.pj/logs/agent.log)`),
  ];
}

/** What the agent knows of it that people should. */
function watchedNotes({ health, healthReason, flapping, quotas }: StatusRow, now: Date): string[] {
  return [
    ...(health === 'unhealthy' && healthReason !== undefined ? [safeLines(healthReason)[0] ?? ''] : []),
    ...(flapping === true ? [`flapping, ${health === 'none' ? 'up and down' : health} now`] : []),
    ...(quotas ?? []).flatMap((quota) => quotaText(quota, now) ?? []),
  ];
}

/** `stopped by pj stop 2 min ago`; how its process then ended says nothing more. */
function onPurpose({ state, imperative }: StatusRow, now: Date): string | undefined {
  if (imperative === undefined || !/^pj (stop|pause)\b/.test(imperative.command)) return undefined;
  if (state !== 'STOPPED' && state !== 'PAUSED') return undefined;
  return `${state.toLowerCase()} by ${imperative.command} ${ago(imperative.at, now) ?? ''}`.trimEnd();
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
