import type { TopSort, TopWorkload } from '../model/top.ts';
import { narrowedTable } from './narrowed-table.ts';
import { type Paint, paintWith, type Screen } from './paint.ts';
import { bytes, cores } from './quantity-text.ts';
import { sparkline } from './sparkline.ts';
import type { Column } from './table.ts';
import { safe } from './text-safety.ts';
import type { History } from './top-view.ts';

/** Columns that are left out where a terminal is too narrow for all, the first first. */
const SPARE = [
  'MEMORY TREND',
  'RESTARTS',
  'THREADS',
  'KIND',
  'CPU TREND',
  'READ/s',
  'WRITE/s',
  'RX/s',
  'TX/s',
  'HEALTH',
  'LIMIT',
  '%QUOTA',
  'STATE',
  'MEMORY',
  'CPU',
];

/** Columns of a sparkline. */
const TREND = 12;
/** Cores that a full bar stands for at least, where there is no quota: what idles is to look so. */
const LEAST = 0.1;
/** Of a quota or limit: used so far, it is shown as a warning, and as an error. */
const [NEAR, OVER] = [0.8, 0.95];

const BY_SORT: Record<TopSort, string[]> = {
  cpu: ['CPU'],
  memory: ['MEMORY'],
  network: ['RX/s', 'TX/s'],
  disk: ['READ/s', 'WRITE/s'],
  threads: ['THREADS'],
  restarts: ['RESTARTS'],
  id: ['ID'],
};

export interface TopTableOptions {
  /** By id, for the sparklines; absent: none are shown. */
  history?: ReadonlyMap<string, History>;
  /** The columns that it is sorted by are the last to be left out. */
  sort: TopSort;
  unicode: boolean;
}

/** The workloads in the order given, a title line and one line each. What is not known is `-`. */
export function topTable(
  workloads: readonly TopWorkload[],
  screen: Pick<Screen, 'chalk' | 'width'>,
  { history, sort, unicode }: TopTableOptions,
): string[] {
  const paint = paintWith(screen.chalk);
  const right = 'right' as const;
  const share = (row: number, used: 'cpu' | 'memory', of: 'cpuQuota' | 'memoryLimit'): number | undefined => {
    const [value, limit] = [workloads[row]?.[used], workloads[row]?.[of]];
    return value === undefined || limit === undefined || limit <= 0 ? undefined : value / limit;
  };
  const byCpu = (text: string, row: number) => shareColour(share(row, 'cpu', 'cpuQuota'), paint)(text);
  const byMemory = (text: string, row: number) => shareColour(share(row, 'memory', 'memoryLimit'), paint)(text);
  const byState = (text: string, row: number) => stateColour(workloads[row], paint)(text);
  const trend = (title: string) => (history === undefined ? [] : [{ title }]);
  const head: Column[] = [
    { title: 'ID' },
    { title: 'KIND' },
    { title: 'STATE', paint: byState },
    { title: 'HEALTH', paint: byState },
    { title: 'CPU', align: right, paint: byCpu },
    { title: '%QUOTA', align: right, paint: byCpu },
    ...trend('CPU TREND'),
    { title: 'MEMORY', align: right, paint: byMemory },
    { title: 'LIMIT', align: right },
    ...trend('MEMORY TREND'),
    ...['RX/s', 'TX/s', 'READ/s', 'WRITE/s', 'THREADS', 'RESTARTS'].map((title) => ({ title, align: right })),
  ];
  const rows = workloads.map((one, row) => {
    const past = history?.get(one.id);
    const quota = share(row, 'cpu', 'cpuQuota');
    const line = (values: History['cpu'] | undefined, max: number | undefined) =>
      history === undefined ? [] : [sparkline(values ?? [], TREND, { ...(max === undefined ? {} : { max }), unicode })];
    return [
      safe(one.id),
      one.kind,
      safe(one.state),
      one.flapping === true ? 'flapping' : one.health === 'none' ? '-' : one.health,
      amount(one.cpu, cores),
      amount(quota, (value) => `${Math.round(value * 100)}%`),
      ...line(past?.cpu, one.cpuQuota ?? Math.max(LEAST, ...(past?.cpu ?? []).map((value) => value ?? 0))),
      amount(one.memory, bytes),
      amount(one.memoryLimit, bytes),
      ...line(past?.memory, one.memoryLimit),
      amount(one.networkReceivedRate, bytes),
      amount(one.networkSentRate, bytes),
      amount(one.diskReadRate, bytes),
      amount(one.diskWrittenRate, bytes),
      amount(one.threads, String),
      amount(one.restarts, String),
    ];
  });
  const sorted = BY_SORT[sort];
  const spare = [
    ...SPARE.filter((title) => !sorted.includes(title)),
    ...sorted.filter((title) => SPARE.includes(title)),
  ];
  return narrowedTable(head, rows, screen.width, spare, { title: paint.strong });
}

export const amount = (value: number | undefined, text: (value: number) => string): string =>
  value === undefined ? '-' : text(value >= 0 && value < 1 ? value : Math.round(value * 10) / 10);

function shareColour(share: number | undefined, paint: Paint): (text: string) => string {
  if (share === undefined || share < NEAR) return (text) => text;
  return share >= OVER ? paint.error : paint.warning;
}

function stateColour(one: TopWorkload | undefined, paint: Paint): (text: string) => string {
  if (one === undefined) return (text) => text;
  const { state, health, flapping } = one;
  if (state === 'FAILED' || state === 'GONE' || health === 'unhealthy') return paint.error;
  if (flapping === true || health === 'starting') return paint.warning;
  return state === 'RUNNING' || state === 'COMPLETED' ? paint.good : paint.warning;
}
