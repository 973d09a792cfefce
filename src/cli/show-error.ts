import { asPjError, EXIT, type PjError } from '../errors.ts';
import { diagnosticText } from '../views/diagnostic.ts';
import type { Terminal } from './terminal.ts';

/** Shows what was thrown on stderr and gives the exit code for it. A bug is shown with where it happened. */
export async function showError(thrown: unknown, terminal: Terminal): Promise<number> {
  const error = asPjError(thrown);
  const screen = await terminal.errScreen();
  terminal.err(`${diagnosticText(error, screen)}\n`);
  if (error.code === 'PJ9001' && error.cause instanceof Error && error.cause.stack !== undefined) {
    terminal.err(`\n${error.cause.stack}\n`);
  }
  return exitCodeOf(error);
}

/** The exit code of an error; of several, the one that they share, else the general one. */
export function exitCodeOf(error: PjError): number {
  const codes = new Set(error.others.map((other) => other.exitCode));
  const [only] = codes;
  return codes.size === 1 && only !== undefined ? only : error.others.length > 0 ? EXIT.error : error.exitCode;
}
