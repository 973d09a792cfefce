import type { PjError } from '../errors.ts';
import type { PlanWarning } from '../model/plan.ts';
import { paintWith, type Screen } from './paint.ts';
import { safe, safeLines } from './text-safety.ts';
import { wrap } from './width.ts';
import { prefixed } from './wording.ts';

/**
 * An error for people: what is wrong with its code, where, the code frame, how to mend it; several, one after another with
 * their count at the end. No newline at its end.
 */
export function diagnosticText(error: PjError, screen: Screen): string {
  const all = flat(error);
  const blocks = all.map((one) => oneText(one, screen));
  if (all.length > 1) blocks.push(paintWith(screen.chalk).error(`${all.length} errors.`));
  return blocks.join('\n\n');
}

/** A warning for people, in the same manner. */
export function warningText(warning: PlanWarning, screen: Screen): string {
  const { workload, message } = warning;
  const [first = '', ...others] = safeLines(workload === undefined ? message : prefixed(workload, message));
  const word = paintWith(screen.chalk).warning('Warning:');
  return [...wrap(`${word} ${first} (${safe(warning.code)})`, screen.width, '  '), ...others.map((l) => `  ${l}`)].join(
    '\n',
  );
}

function oneText(error: PjError, screen: Screen): string {
  const paint = paintWith(screen.chalk);
  const [first = '', ...others] = safeLines(error.message);
  const lines = [
    `${paint.error('Error:')} ${paint.strong(first)} (${error.code})`,
    ...others.map((line) => `  ${line}`),
  ];
  error.places.forEach((place, i) => {
    lines.push(`  ${i === 0 ? 'on' : 'and'} ${paint.strong(safe(`${place.file}:${place.line}:${place.column}`))}`);
    const frame = error.frames[i];
    if (frame !== undefined) lines.push('', ...safeLines(frame.replace(/\n$/, '')).map((line) => `  ${line}`), '');
  });
  for (const frame of error.frames.slice(error.places.length))
    lines.push('', ...safeLines(frame.replace(/\n$/, '')).map((line) => `  ${line}`), '');
  if (error.hint !== '')
    for (const hint of safeLines(error.hint))
      lines.push(...wrap(hint, Math.max(40, screen.width) - 2).map((line) => `  ${line}`));
  return lines.join('\n').replace(/\n+$/, '');
}

/** One diagnostic as `terraform validate -json` has it; `code`, `hint` and `places` are pj's. */
interface DiagnosticJson {
  severity: 'error' | 'warning';
  summary: string;
  detail: string;
  /** Line and column from 1; the end is the start, as only starts are known. */
  range?: {
    filename: string;
    start: { line: number; column: number; byte: number };
    end: { line: number; column: number; byte: number };
  };
  snippet?: {
    context: null;
    code: string;
    start_line: number;
    highlight_start_offset: 0;
    highlight_end_offset: 0;
    values: [];
  };
  code: string;
  hint?: string;
  places?: { filename: string; line: number; column: number }[];
  workload?: string;
}

export interface DiagnosticsJson {
  format_version: '1.0';
  valid: boolean;
  error_count: number;
  warning_count: number;
  diagnostics: DiagnosticJson[];
}

/** Errors and warnings in the shape of `terraform validate -json`. */
export function diagnosticsToJson(errors: readonly PjError[], warnings: readonly PlanWarning[] = []): DiagnosticsJson {
  const all = errors.flatMap(flat);
  return {
    format_version: '1.0',
    valid: all.length === 0,
    error_count: all.length,
    warning_count: warnings.length,
    diagnostics: [
      ...all.map(errorJson),
      ...warnings.map(
        (w): DiagnosticJson => ({
          severity: 'warning',
          summary: w.message,
          detail: '',
          code: w.code,
          ...(w.workload !== undefined && { workload: w.workload }),
        }),
      ),
    ],
  };
}

function errorJson(error: PjError): DiagnosticJson {
  const [place] = error.places;
  const [frame] = error.frames;
  // Terraform counts bytes too; pj knows lines and columns, so the byte is 0.
  const at = place === undefined ? undefined : { line: place.line, column: place.column, byte: 0 };
  return {
    severity: 'error',
    summary: error.message,
    detail: error.hint,
    ...(place !== undefined && at !== undefined && { range: { filename: place.file, start: at, end: at } }),
    ...(frame !== undefined && {
      snippet: {
        context: null,
        code: frame,
        start_line: place?.line ?? 1,
        highlight_start_offset: 0,
        highlight_end_offset: 0,
        values: [],
      },
    }),
    code: error.code,
    hint: error.hint,
    ...(error.places.length > 0 && {
      places: error.places.map((p) => ({ filename: p.file, line: p.line, column: p.column })),
    }),
  };
}

/** Every error in one, a plain list; an error that only gathers others is not one itself. */
function flat(error: PjError): PjError[] {
  return error.others.length === 0 ? [error] : error.others.flatMap(flat);
}
