import { cpus, totalmem } from 'node:os';

/** One line of the report. */
export interface Row {
  work: string;
  measured: string;
  ratio: number | undefined;
  bar: string;
  met: boolean | undefined;
}

/** A row for a ratio that must not be above the bar. */
export function ratioRow(work: string, ours: number, theirs: number, bar: number, unit = 'ms'): Row {
  const ratio = ours / theirs;
  return {
    work,
    measured: `${ours.toFixed(0)} ${unit} / ${theirs.toFixed(0)} ${unit}`,
    ratio,
    bar: `≤ ${bar}×`,
    met: ratio <= bar,
  };
}

/** A row for a figure that must not be above the bar. */
export function figureRow(work: string, figure: number, bar: number, unit: string): Row {
  return {
    work,
    measured: `${figure.toFixed(1)} ${unit}`,
    ratio: undefined,
    bar: `≤ ${bar} ${unit}`,
    met: figure <= bar,
  };
}

/** A row for what could not be measured here. */
export function missingRow(work: string, why: string): Row {
  return { work, measured: why, ratio: undefined, bar: '', met: undefined };
}

/** The report as markdown. */
export function markdown(rows: readonly Row[]): string {
  const lines = rows.map(
    (row) =>
      `| ${row.work} | ${row.measured} | ${row.ratio === undefined ? '' : `${row.ratio.toFixed(row.ratio < 0.1 ? 3 : 2)}×`} | ${row.bar} | ${row.met === undefined ? 'not measured' : row.met ? 'met' : '**missed**'} |`,
  );
  return ['| work | pj / other (medians) | ratio | bar | |', '| --- | --- | --- | --- | --- |', ...lines].join('\n');
}

/** The machine that it ran on, in a line. */
export function machine(): string {
  return `${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux, Node ${process.version}`;
}
