/** Exit codes, one table. 2 is kept for `plan --detailed-exitcode` and `drift`. */
export const EXIT = {
  ok: 0,
  error: 1,
  changes: 2,
  declined: 3,
  partial: 4,
  refused: 5,
  locked: 6,
  stale: 7,
  usage: 64,
  interrupted: 130,
  terminated: 143,
} as const;

/** One row of the table. */
export interface Entry {
  /** One sentence; `{name}` is filled in from the error's details. */
  message: string;
  /** How to mend it. */
  hint: string;
  exit: number;
}

/** A row. */
export const entry = (message: string, hint: string, exit: number = EXIT.error): Entry => ({ message, hint, exit });
