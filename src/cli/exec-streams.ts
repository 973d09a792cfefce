import process from 'node:process';
import type { ExecStreams } from '../project/options.ts';

/**
 * The streams of this process for a command that runs elsewhere. With a terminal on both ends, and where one is wanted, keys go to the command as they
 * are pressed (Ctrl-C too), and it hears of a window that changes its size. `asked`: it is not content without. `release` gives the terminal back as it was.
 */
export function execStreams(terminal: boolean, asked = false): { streams: ExecStreams; release(): void } {
  const { stdin, stdout, stderr } = process;
  const listeners: (() => void)[] = [];
  const tty = terminal && stdin.isTTY === true && stdout.isTTY === true;
  if (tty) stdin.setRawMode(true);
  const streams: ExecStreams = {
    stdin,
    stdout,
    stderr,
    ...(tty && {
      tty: {
        columns: stdout.columns,
        rows: stdout.rows,
        asked,
        leave: () => void stdin.setRawMode(false),
        resize: (heard) => {
          const listener = (): void => heard(stdout.columns, stdout.rows);
          listeners.push(listener);
          stdout.on('resize', listener);
        },
      },
    }),
  };
  return {
    streams,
    release() {
      for (const listener of listeners) stdout.off('resize', listener);
      if (tty) stdin.setRawMode(false);
      stdin.pause();
      // A file or /dev/null has none, whatever its type says.
      if ('unref' in stdin) stdin.unref();
    },
  };
}
