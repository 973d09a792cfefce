import { PjError } from '../errors.ts';
import { lastLines } from '../os/last-lines.ts';
import { plainLine } from '../os/plain-line.ts';

const LINES = 5;
/** A line's beginning says what it is about. Characters. */
const LINE = 200;
/** What is looked through for them: a screen that is drawn on a serial console has few newlines. Bytes. */
const BYTES = 32 * 1024;

/** The error of a wait, with the last lines that the workload has put out since it was started (`from`, bytes in each file). `redact` takes sensitive values out. */
export function withLastOutput(
  error: PjError,
  files: readonly string[],
  from: readonly number[] | undefined,
  redact: (text: string) => string,
): PjError {
  const lines = files.flatMap((file, i) => lastLines(file, LINES, from?.[i], BYTES));
  const told = lines
    .slice(-LINES)
    // Redacted before they are cut: half a secret is not found any more.
    .map((line) => redact(plainLine(line)).trim())
    .filter((line) => line !== '')
    .map((line) => (line.length > LINE ? `${line.slice(0, LINE)}…` : line));
  if (told.length === 0) return error;
  const why = 'reason' in error.details ? 'reason' : 'detail';
  const text = [`${error.details[why] ?? ''}`, 'it last put out:', ...told.map((line) => `  ${line}`)].join('\n');
  return new PjError(error.code, { ...error.details, [why]: text }, { cause: error });
}
