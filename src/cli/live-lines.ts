import type { Event } from '../model/event.ts';
import { emptyView, frame, type LiveView, reduceView } from '../views/live-view.ts';
import type { Screen } from '../views/paint.ts';
import { columns as columnsOf } from '../views/width.ts';

/** A part of the screen that is redrawn in place while a run goes on; ordinary lines scroll by above it. */
export interface LiveLines {
  hear(event: Event): void;
  /** Writes lines above the live part. */
  above(text: string): void;
  /** Takes the live part away and gives the cursor back. Twice is once. */
  end(): void;
}

/** Redraws at most every so many milliseconds. */
const REDRAW_MS = 100;
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';

/** Draws on a terminal: `write` takes text with control sequences, `size` gives its columns and rows now. */
export function liveLines(
  screen: Pick<Screen, 'chalk'>,
  write: (text: string) => void,
  size: () => { columns: number; rows: number },
): LiveLines {
  let view: LiveView = emptyView();
  /** What stands on the screen now, to be taken away. */
  let drawn: readonly string[] = [];
  let last = 0;
  let timer: NodeJS.Timeout | undefined;
  let ticker: NodeJS.Timeout | undefined;
  let ended = false;

  // Up over what was drawn, then all below is cleared: one write, so that nothing flickers. In a window that was made narrower
  // a line takes several rows by now.
  const erase = () => {
    if (drawn.length === 0) return '';
    const { columns, rows } = size();
    const taken = drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(columnsOf(line) / Math.max(1, columns))), 0);
    return `\u001b[${Math.min(taken, Math.max(1, rows - 1))}A\r\u001b[J`;
  };
  const draw = (above = '') => {
    const { columns, rows } = size();
    const lines =
      view.begun === undefined
        ? []
        : frame(view, {
            width: Math.max(1, columns - 1),
            // What ended scrolls by above, so there is room for what runs and the counts only.
            height: Math.max(1, Math.min(rows - 2, 15, view.running.length + 1)),
            at: performance.now(),
            ...(screen.chalk === undefined ? {} : { chalk: screen.chalk }),
          });
    write(`${erase()}${above}${lines.map((line) => `${line}\n`).join('')}`);
    drawn = lines;
    last = performance.now();
  };
  const soon = () => {
    if (timer !== undefined || ended) return;
    timer = setTimeout(
      () => {
        timer = undefined;
        draw();
      },
      Math.max(0, last + REDRAW_MS - performance.now()),
    );
  };
  const restore = () => write(SHOW_CURSOR);

  return {
    hear(event) {
      if (ended) return;
      view = reduceView(view, event, performance.now());
      if (view.begun === undefined) return;
      if (ticker === undefined) {
        write(HIDE_CURSOR);
        // However this process ends, the terminal has its cursor again.
        process.once('exit', restore);
        ticker = setInterval(soon, 1000);
        ticker.unref();
      }
      soon();
    },
    above(text) {
      if (drawn.length > 0) draw(text);
      else write(text);
    },
    end() {
      if (ended) return;
      ended = true;
      clearTimeout(timer);
      clearInterval(ticker);
      if (ticker === undefined) return;
      write(`${erase()}${SHOW_CURSOR}`);
      drawn = [];
      process.off('exit', restore);
    },
  };
}
