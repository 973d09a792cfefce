import type { Place } from './model/workload.ts';

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

interface Entry {
  /** One sentence; `{name}` is filled in from the error's details. */
  message: string;
  /** How to mend it. */
  hint: string;
  exit: number;
}

const entry = (message: string, hint: string, exit: number = EXIT.error): Entry => ({ message, hint, exit });

/**
 * Every error that pj raises. Ranges: 1xxx descriptors and project file, 2xxx planning, 3xxx state, lock and plan files,
 * 4xxx applying, 5xxx providers, engines and agent, 6xxx the command line, 9xxx bugs. A code is never given a second meaning.
 */
export const ERRORS = {
  PJ9001: entry('internal error: {what}', 'This is a bug in pj. Please report it with the text above.'),
} satisfies Record<string, Entry>;

export type ErrorCode = keyof typeof ERRORS;

/** Something the user can understand and mend. Anything else that is thrown is a bug and becomes PJ9001. */
export class PjError extends Error {
  readonly code: ErrorCode;
  readonly details: Record<string, string | number>;
  readonly places: Place[];
  /** Code frames of the places, as text; made where the source is at hand. */
  readonly frames: string[];
  /** More hint than the table's, for this case. */
  readonly advice: string | undefined;
  /** Several errors found in one run. */
  readonly others: PjError[];

  constructor(
    code: ErrorCode,
    details: Record<string, string | number> = {},
    more: { places?: Place[]; frames?: string[]; advice?: string; cause?: unknown; others?: PjError[] } = {},
  ) {
    super(
      ERRORS[code].message.replace(/\{(\w+)\}/g, (whole, name: string) => String(details[name] ?? whole)),
      more.cause === undefined ? undefined : { cause: more.cause },
    );
    this.name = code;
    this.code = code;
    this.details = details;
    this.places = more.places ?? [];
    this.frames = more.frames ?? [];
    this.advice = more.advice;
    this.others = more.others ?? [];
  }

  get hint(): string {
    return this.advice ?? ERRORS[this.code].hint;
  }

  get exitCode(): number {
    return ERRORS[this.code].exit;
  }
}

/** Any thrown value as a PjError; what is not one is a bug. */
export function asPjError(thrown: unknown): PjError {
  if (thrown instanceof PjError) return thrown;
  const what = thrown instanceof Error ? thrown.message : String(thrown);
  return new PjError('PJ9001', { what }, { cause: thrown });
}
