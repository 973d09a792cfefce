import process from 'node:process';
import { keysIn } from './keys.ts';

/** The whole screen of a terminal, until it is ended: what stood there before comes back then. */
export interface FullScreen {
  /** Writes these lines, as many as the screen has, over what is shown, in one write. */
  draw(lines: readonly string[]): void;
  /** Gives the terminal back as it was. Twice is once. */
  end(): void;
}

/** The other screen buffer, no cursor, and lines that are too long are cut rather than wrapped. */
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[H\u001b[2J';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';

/**
 * Takes the whole screen. However this process ends (SIGKILL aside), the terminal is given back. `key` hears of keys, where stdin is a terminal, Ctrl-C too;
 * Ctrl-Z stops this process as ever. `resized` is called when the window has another size, or the screen has to be drawn anew.
 */
export function fullScreen(
  write: (text: string) => void,
  heard: { key(key: string): void; resized(): void },
): FullScreen {
  const { stdin, stdout } = process;
  const keys = stdin.isTTY === true;
  let ended = false;
  let shown = false;
  const enter = (): void => {
    shown = true;
    if (keys) stdin.setRawMode(true);
    write(ENTER);
  };
  const leave = (): void => {
    if (!shown) return;
    shown = false;
    write(LEAVE);
    try {
      if (keys) stdin.setRawMode(false);
    } catch {
      // The terminal has gone.
    }
  };
  const resumed = (): void => {
    enter();
    heard.resized();
  };
  const pressed = (data: Buffer): void => {
    for (const key of keysIn(data.toString('utf8'))) {
      if (ended) return;
      if (key !== 'ctrl-z') heard.key(key);
      else {
        leave();
        process.once('SIGCONT', resumed);
        process.kill(process.pid, 'SIGTSTP');
      }
    }
  };
  const resized = (): void => {
    write('\u001b[2J');
    heard.resized();
  };
  // What is thrown is told on the screen that people see afterwards.
  process.prependListener('exit', leave);
  process.on('uncaughtExceptionMonitor', leave);
  process.prependListener('unhandledRejection', leave);
  stdout.on('resize', resized);
  if (keys) {
    stdin.on('data', pressed);
    // A terminal that goes away is told by SIGHUP.
    stdin.on('error', () => undefined);
  }
  enter();
  return {
    draw(lines) {
      if (ended || !shown) return;
      // Each line is cleared before it is written: afterwards the cursor may stand upon its last character.
      write(`\u001b[H${lines.map((line) => `\u001b[K${line}`).join('\r\n')}`);
    },
    end() {
      if (ended) return;
      ended = true;
      leave();
      process.off('exit', leave);
      process.off('uncaughtExceptionMonitor', leave);
      process.off('unhandledRejection', leave);
      process.off('SIGCONT', resumed);
      stdout.off('resize', resized);
      if (keys) {
        stdin.off('data', pressed);
        stdin.pause();
        if ('unref' in stdin) stdin.unref();
      }
    },
  };
}
