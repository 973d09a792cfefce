import type { TopLook } from '../model/top.ts';
import { localTime } from './local-time.ts';
import { paintWith, type Screen } from './paint.ts';
import { bytes, cores } from './quantity-text.ts';
import { sparkline } from './sparkline.ts';
import { safe } from './text-safety.ts';
import { amount, topTable } from './top-table.ts';
import { sortedTop, type TopView, totalsOf } from './top-view.ts';
import { truncate } from './width.ts';
import { plural } from './wording.ts';

const rate = (value: number | undefined): string => (value === undefined ? '-' : `${amount(value, bytes)}/s`);

/** `host   cpu 1.2 of 2  memory 3.1 GiB of 7.8 GiB  load 0.50 0.40 0.30` */
function hostLine({ host }: TopLook, trend = ''): string {
  const [one, five, fifteen] = host.load.map((load) => load.toFixed(2));
  const memory = `${bytes(host.memoryUsed)} of ${bytes(host.memory)}`;
  return `host   cpu ${amount(host.cpu, cores)} of ${host.cpus}${trend}  memory ${memory}  load ${one} ${five} ${fifteen}`;
}

/** `total  3 workloads, 2 running  cpu 0.50  memory 1.2 GiB  net 1 KiB/s in, 2 KiB/s out  disk 0 B/s read, 0 B/s written  threads 12` */
function totalLine({ workloads }: TopLook): string {
  const all = totalsOf(workloads);
  return [
    `total  ${plural(all.workloads, 'workload')}, ${all.running} running`,
    `cpu ${amount(all.cpu, cores)}`,
    `memory ${amount(all.memory, bytes)}`,
    `net ${rate(all.networkReceivedRate)} in, ${rate(all.networkSentRate)} out`,
    `disk ${rate(all.diskReadRate)} read, ${rate(all.diskWrittenRate)} written`,
    `threads ${amount(all.threads, String)}`,
  ].join('  ');
}

/** One look as a table, for what is no screen of its own. */
export function topToText(view: TopView, screen: Pick<Screen, 'chalk' | 'width'>, unicode: boolean): string {
  const { look, sort, reverse } = view;
  if (look === undefined) return '';
  if (look.workloads.length === 0) return `Nothing that runs is applied here.\n${hostLine(look)}\n`;
  const sorted = sortedTop(look.workloads, sort, reverse);
  const lines = [...topTable(sorted, screen, { sort, unicode }), '', totalLine(look), hostLine(look)];
  return `${lines.join('\n')}\n`;
}

const HELP = [
  'q, Esc, Ctrl-C   quit',
  'c m n d t i      sort by cpu, memory, network, disk, threads, id',
  's                sort by the next of these (restarts too)',
  'r                the other way round',
  'up down j k      scroll a line',
  'PgUp PgDn space  scroll a page',
  'Home End g G     to the first, to the last',
  '? h              this; any key goes back',
  '',
  'CPU in cores, %QUOTA of what it may use; MEMORY without cache that can be dropped.',
  'Sparklines: full is the quota or limit, else the most that was seen.',
];

/** Lines of the screen, `rows` of them, and how many rows of the table were shown. Lines may be wider than the screen only where it is narrower than ids. */
export function topFrame(
  view: TopView,
  screen: Pick<Screen, 'chalk' | 'width'> & { rows: number },
  options: { unicode: boolean; title: string; interval: number },
): { lines: string[]; page: number } {
  const paint = paintWith(screen.chalk);
  const cut = (text: string) => truncate(text, screen.width);
  const { look, sort, reverse, help } = view;
  const { rows } = screen;
  const title = `pj top: ${safe(options.title)}`;
  const full = (lines: string[]) =>
    [...lines, ...Array.from({ length: Math.max(0, rows - lines.length) }, () => '')].slice(0, rows);
  if (look === undefined) return { lines: full([paint.strong(cut(title)), '', cut('looking...')]), page: 0 };
  const trend = ` ${sparkline(view.hostCpu, 20, { max: look.host.cpus, unicode: options.unicode })}`;
  const by = `by ${sort}${reverse ? ', reversed' : ''}`;
  const source = look.source === 'agent' ? 'sampled by the agent' : 'sampled here';
  const headLines = [
    paint.strong(
      cut(`${title}  ${localTime(look.at).slice(11)}  every ${options.interval / 1000} s, ${source}, ${by}`),
    ),
    cut(hostLine(look, screen.width >= 90 ? trend : '')),
    cut(totalLine(look)),
    ...look.notes.slice(0, 2).map((note) => paint.warning(cut(safe(note)))),
    '',
  ];
  if (help) return { lines: full([...headLines, ...HELP.map(cut)]), page: 0 };
  // In a very low window the table matters most.
  const head = rows < headLines.length + 4 ? headLines.slice(0, 1) : headLines;
  const page = Math.max(1, rows - head.length - 2);
  const sorted = sortedTop(look.workloads, sort, reverse);
  const offset = Math.min(view.offset, Math.max(0, sorted.length - page));
  const { history } = view;
  const [titles = '', ...table] = topTable(sorted, screen, { history, sort, unicode: options.unicode });
  const shown = table.slice(offset, offset + page);
  const empty = sorted.length === 0 ? ['Nothing that runs is applied here.'] : [titles, ...shown];
  const more = sorted.length > shown.length ? `${offset + 1}-${offset + shown.length} of ${sorted.length}  ` : '';
  const body = [...head, ...empty];
  const gap = Array.from({ length: Math.max(0, rows - body.length - 1) }, () => '');
  const footer = paint.faint(cut(`${more}q quit  c/m/n/d/t sort  r reverse  j/k scroll  ? help`));
  return { lines: [...body, ...gap, footer].slice(0, rows), page };
}
