import type { ChalkInstance } from 'chalk';

/** Colours by what they mean. */
export interface Paint {
  add(text: string): string;
  change(text: string): string;
  remove(text: string): string;
  strong(text: string): string;
  faint(text: string): string;
  warning(text: string): string;
  error(text: string): string;
  good(text: string): string;
}

const same = (text: string): string => text;
const plain: Paint = {
  add: same,
  change: same,
  remove: same,
  strong: same,
  faint: same,
  warning: same,
  error: same,
  good: same,
};

/** The colours of one output: from its own chalk instance, none without one. */
export function paintWith(chalk: ChalkInstance | undefined): Paint {
  if (chalk === undefined || chalk.level === 0) return plain;
  return {
    add: (text) => chalk.green(text),
    change: (text) => chalk.yellow(text),
    remove: (text) => chalk.red(text),
    strong: (text) => chalk.bold(text),
    faint: (text) => chalk.dim(text),
    warning: (text) => chalk.yellow(text),
    error: (text) => chalk.red(text),
    good: (text) => chalk.green(text),
  };
}

/** What a text view needs to know of where it is shown. */
export interface Screen {
  /** Colours; absent: none. */
  chalk?: ChalkInstance | undefined;
  /** Columns. */
  width: number;
  /** For ages such as `3 min ago`. */
  now: Date;
}
