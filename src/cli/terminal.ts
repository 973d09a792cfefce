import { fstatSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
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

/** The terminal of this process. Each stream is set up when it is first needed: that takes Node a millisecond each. */
export function processTerminal(flags: TerminalFlags): Terminal {
  const { env } = process;
  const [inIsTty, outIsTty, errIsTty] = [isTerminal(0), isTerminal(1), isTerminal(2)];
  let failure: Error | undefined;
  const ready = new Map<1 | 2, NodeJS.WriteStream>();
  const gone = new Set<1 | 2>();
  const stream = (fd: 1 | 2): NodeJS.WriteStream => {
    const known = ready.get(fd);
    if (known !== undefined) return known;
    const opened = fd === 1 ? process.stdout : process.stderr;
    // oclif throws what it does not know of; nothing that a stream says may end an apply half way.
    opened.removeAllListeners('error');
    opened.on('error', (error: NodeJS.ErrnoException) => {
      gone.add(fd);
      if (error.code !== 'EPIPE' && fd === 1) failure ??= error;
    });
    ready.set(fd, opened);
    return opened;
  };
  const write = (fd: 1 | 2, text: string) => {
    if (text === '' || gone.has(fd)) return;
    if (fd === 1 ? outIsTty : errIsTty) {
      stream(fd).write(text);
      return;
    }
    try {
      writeAll(fd, text);
    } catch (error) {
      gone.add(fd);
      if ((error as NodeJS.ErrnoException).code !== 'EPIPE' && fd === 1) failure ??= error as Error;
    }
  };
  const width = (fd: 1 | 2, tty: boolean) => (tty && stream(fd).columns > 0 ? stream(fd).columns : 80);
  const screen = async (fd: 1 | 2, tty: boolean): Promise<Screen> => ({
    chalk: await chalkOf(colorLevel({ env, tty, noColor: flags.noColor })),
    width: width(fd, tty),
    now: new Date(),
  });
  const ci = env['CI'] !== undefined && env['CI'] !== '' && env['CI'] !== 'false' && env['CI'] !== '0';
  return {
    env,
    out: (text) => write(1, text),
    err: (text) => write(2, text),
    canAsk: inIsTty && (outIsTty || errIsTty) && !flags.noInput && !ci,
    tty: outIsTty,
    closed: () => gone.has(1),
    live: outIsTty && env['TERM'] !== 'dumb' && env['TERM'] !== undefined && !ci,
    width: () => width(1, outIsTty),
    size: () => ({ columns: width(1, outIsTty), rows: outIsTty && stream(1).rows > 0 ? stream(1).rows : 24 }),
    screen: () => screen(1, outIsTty),
    errScreen: () => screen(2, errIsTty),
    flush: async () => {
      for (const [fd, opened] of ready) {
        if (!gone.has(fd)) await new Promise<void>((written) => opened.write('', () => written()));
      }
      // A failed write is told a moment after it.
      await new Promise<void>((told) => setImmediate(told));
    },
    failure: () => failure,
  };
}

/** Asks the kernel first: Node's own test loads its network code, 5 ms that a pipe or a file does not need. */
function isTerminal(fd: number): boolean {
  try {
    return fstatSync(fd).isCharacterDevice() && isatty(fd);
  } catch {
    return false; // closed by whoever started us
  }
}

/** Writes to a pipe or a file, as Node's streams for them do on Linux: at once, waiting for a slow reader. */
function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(fd, bytes, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/** Chalk is loaded only where something is coloured. */
async function chalkOf(level: 0 | 1 | 2 | 3): Promise<ChalkInstance | undefined> {
  if (level === 0) return undefined;
  const { Chalk } = await import('chalk');
  return new Chalk({ level });
}
