import type { ChalkInstance } from 'chalk';
import type { Screen } from '../views/paint.ts';
import { colorLevel } from './color.ts';

/** Where a command writes and whom it can ask. Results go to stdout, everything else to stderr. */
export interface Terminal {
  env: Record<string, string | undefined>;
  /** Writes a result. Once nobody reads any more, it is dropped without a word. */
  out(text: string): void;
  /** Writes a diagnostic or progress. */
  err(text: string): void;
  /** True when somebody sits there who can be asked: a terminal on both ends, and neither `--no-input` nor CI. */
  canAsk: boolean;
  /** stdout is a terminal. */
  tty: boolean;
  /** stdout is a terminal that understands cursor movements. */
  live: boolean;
  /** Nobody reads stdout any more. */
  closed(): boolean;
  /** Columns of the output, 80 where it is no terminal. */
  width(): number;
  /** Columns and rows now: people resize windows. */
  size(): { columns: number; rows: number };
  /** How a text view for stdout is painted. */
  screen(): Promise<Screen>;
  /** How one for stderr is painted. */
  errScreen(): Promise<Screen>;
  /** Resolves when all is written. */
  flush(): Promise<void>;
  /** The first failure of writing that is more than nobody listening (a full disk), or undefined. */
  failure(): Error | undefined;
}

/** What of the command line decides about the terminal. */
export interface TerminalFlags {
  noColor: boolean;
  noInput: boolean;
}

/** The terminal of this process. */
export function processTerminal(flags: TerminalFlags): Terminal {
  const { env, stdin, stdout, stderr } = process;
  let failure: Error | undefined;
  const gone = new Set<NodeJS.WriteStream>();
  for (const stream of [stdout, stderr]) {
    // oclif throws what it does not know of; nothing that a stream says may end an apply half way.
    stream.removeAllListeners('error');
    stream.on('error', (error: NodeJS.ErrnoException) => {
      gone.add(stream);
      if (error.code !== 'EPIPE' && stream === stdout) failure ??= error;
    });
  }
  const write = (stream: NodeJS.WriteStream, text: string) => {
    if (!gone.has(stream) && text !== '') stream.write(text);
  };
  const width = (stream: NodeJS.WriteStream) => (stream.isTTY && stream.columns > 0 ? stream.columns : 80);
  const screen = async (stream: NodeJS.WriteStream): Promise<Screen> => ({
    chalk: await chalkOf(colorLevel({ env, tty: stream.isTTY, noColor: flags.noColor })),
    width: width(stream),
    now: new Date(),
  });
  const ci = env['CI'] !== undefined && env['CI'] !== '' && env['CI'] !== 'false' && env['CI'] !== '0';
  return {
    env,
    out: (text) => write(stdout, text),
    err: (text) => write(stderr, text),
    canAsk: stdin.isTTY === true && (stdout.isTTY === true || stderr.isTTY === true) && !flags.noInput && !ci,
    tty: stdout.isTTY === true,
    closed: () => gone.has(stdout),
    live: stdout.isTTY === true && env['TERM'] !== 'dumb' && env['TERM'] !== undefined && !ci,
    width: () => width(stdout),
    size: () => ({ columns: width(stdout), rows: stdout.isTTY && stdout.rows > 0 ? stdout.rows : 24 }),
    screen: () => screen(stdout),
    errScreen: () => screen(stderr),
    flush: async () => {
      for (const stream of [stdout, stderr]) {
        if (!gone.has(stream)) await new Promise<void>((written) => stream.write('', () => written()));
      }
      // A failed write is told a moment after it.
      await new Promise<void>((told) => setImmediate(told));
    },
    failure: () => failure,
  };
}

/** Chalk is loaded only where something is coloured. */
async function chalkOf(level: 0 | 1 | 2 | 3): Promise<ChalkInstance | undefined> {
  if (level === 0) return undefined;
  const { Chalk } = await import('chalk');
  return new Chalk({ level });
}
