import { isatty } from 'node:tty';
import type { Terminal } from './terminal.ts';

/**
 * Asks for one line on the terminal. Undefined when the input ended (Ctrl-D), or was interrupted (Ctrl-C, `signal`), before one came.
 */
export async function ask(question: string, terminal: Terminal, signal: AbortSignal): Promise<string | undefined> {
  const { createInterface } = await import('node:readline');
  terminal.err(question);
  const reader = createInterface({ input: process.stdin, terminal: false });
  try {
    return await new Promise<string | undefined>((resolve) => {
      reader.once('line', (line) => resolve(line));
      reader.once('close', () => resolve(undefined));
      signal.addEventListener('abort', () => resolve(undefined), { once: true });
      if (signal.aborted) resolve(undefined);
    });
  } finally {
    reader.close();
    process.stdin.pause();
  }
}

/** Why nobody can be asked, for the error that says so. */
export function whyNobody(terminal: Terminal): string {
  if (!isatty(0)) return 'the input is no terminal';
  if (!isatty(1) && !isatty(2)) return 'the output is no terminal';
  return terminal.env['CI'] ? 'this is CI' : '--no-input was given';
}
