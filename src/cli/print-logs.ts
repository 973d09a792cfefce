import type { LogLine } from '../providers/contract.ts';
import { jsonText } from '../views/json-text.ts';
import type { Terminal } from './terminal.ts';

const COLORS = ['cyan', 'yellow', 'green', 'magenta', 'blue', 'red'] as const;

/**
 * Writes log lines as they come: the text alone, behind the workload's name where there may be several (`named`), or as JSON.
 * Ends early when nobody reads any more. A workload's text is its own business, so it is written as it is where it goes into a
 * file or a pipe; on a terminal control sequences other than colours are taken out.
 */
export async function printLogs(
  lines: AsyncIterable<LogLine>,
  options: { json: boolean; named: boolean },
  terminal: Terminal,
): Promise<void> {
  const { chalk } = await terminal.screen();
  const seen = new Map<string, number>();
  for await (const line of lines) {
    if (terminal.closed()) return;
    if (options.json) {
      terminal.out(`${jsonText(line)}\n`);
      continue;
    }
    const text = terminal.tty ? withoutControls(line.text) : line.text;
    if (!options.named) {
      terminal.out(`${text}\n`);
      continue;
    }
    if (!seen.has(line.workload)) seen.set(line.workload, seen.size);
    const color = COLORS[(seen.get(line.workload) ?? 0) % COLORS.length] ?? 'cyan';
    const name = `${line.workload} |`;
    terminal.out(`${chalk === undefined ? name : chalk[color](name)} ${text}\n`);
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
