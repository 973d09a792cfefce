import type { LogLine } from '../providers/contract.ts';
import { jsonText } from '../views/json-text.ts';
import { localTime } from '../views/local-time.ts';
import { paintWith } from '../views/paint.ts';
import { middleCut, padEnd } from '../views/width.ts';
import { workloadColours } from '../views/workload-colours.ts';
import type { Terminal } from './terminal.ts';

export interface LogPrinting {
  json: boolean;
  /** Each line behind the name of its workload. */
  named: boolean;
  /** Each line behind the time that it was written at. */
  timestamps: boolean;
  /** All that may come, so that names stand in one column. */
  ids: readonly string[];
}

/** Longest name that the others are padded to; on a terminal a longer one is shortened. */
const NAME_WIDTH = 40;
const TIME_WIDTH = '2026-11-29 11:02:03.042'.length;

/**
 * Writes log lines as they come: the text alone, behind the workload's name where there may be several (`named`), or as JSON.
 * Ends early when nobody reads any more. A workload's text is its own business, so it is written as it is where it goes into a
 * file or a pipe; on a terminal control sequences other than colours are taken out.
 */
export async function printLogs(
  lines: AsyncIterable<LogLine>,
  { json, named, timestamps, ids }: LogPrinting,
  terminal: Terminal,
): Promise<void> {
  const { chalk } = await terminal.screen();
  const paint = paintWith(chalk);
  const colours = workloadColours(ids);
  const width = Math.min(NAME_WIDTH, Math.max(0, ...ids.map((id) => id.length)));
  const prefix = (workload: string): string => {
    const name = `${padEnd(terminal.tty ? middleCut(workload, width) : workload, width)} |`;
    return chalk === undefined ? name : chalk[colours.get(workload) ?? 'cyan'](name);
  };
  const prefixes = new Map(ids.map((id) => [id, prefix(id)]));
  for await (const line of lines) {
    if (terminal.closed()) return;
    if (json) {
      const { at, ...rest } = line;
      terminal.out(
        `${jsonText(timestamps && at !== undefined ? { ...rest, at: new Date(at).toISOString() } : rest)}\n`,
      );
      continue;
    }
    const time = line.at === undefined ? '-' : localTime(line.at, { ms: true });
    const parts = [
      ...(timestamps ? [paint.faint(padEnd(time, TIME_WIDTH))] : []),
      ...(named ? [prefixes.get(line.workload) ?? prefix(line.workload)] : []),
      terminal.tty ? withoutControls(line.text) : line.text,
    ];
    terminal.out(`${parts.join(' ')}\n`);
  }
}

/** Control characters and sequences, colours (SGR) and tabs aside. */
const CONTROLS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
  /\u001b\[[0-9;]*m|\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[ -/]*[0-~])?|[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f-\u009f]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: a colour is told by its escape
const COLOR = /^\u001b\[[0-9;]*m$/;

function withoutControls(text: string): string {
  return text.replace(CONTROLS, (control) => (COLOR.test(control) ? control : ''));
}
