import { AGENT_ERRORS } from './errors/agent.ts';
import { APPLYING_ERRORS } from './errors/applying.ts';
import { COMMAND_LINE_ERRORS } from './errors/command-line.ts';
import { CONTAINER_ERRORS } from './errors/containers.ts';
import { DESCRIPTOR_ERRORS } from './errors/descriptors.ts';
import { ENGINE_ERRORS } from './errors/engines.ts';
import type { Entry } from './errors/entry.ts';
import { JAVA_ERRORS } from './errors/java.ts';
import { PLANNING_ERRORS } from './errors/planning.ts';
import { STATE_ERRORS } from './errors/state.ts';
import { VM_ERRORS } from './errors/vms.ts';
import type { Place } from './model/workload.ts';

export { EXIT } from './errors/entry.ts';

/**
 * Every error that pj raises. Ranges: 1xxx descriptors and project file, 2xxx planning, 3xxx state, lock and plan files,
 * 4xxx applying, 5xxx providers, engines and agent, 6xxx the command line, 9xxx bugs. A code is never given a second meaning.
 */
export const ERRORS = {
  ...DESCRIPTOR_ERRORS,
  ...PLANNING_ERRORS,
  ...STATE_ERRORS,
  ...APPLYING_ERRORS,
  ...ENGINE_ERRORS,
  ...CONTAINER_ERRORS,
  ...VM_ERRORS,
  ...JAVA_ERRORS,
  ...AGENT_ERRORS,
  ...COMMAND_LINE_ERRORS,
} satisfies Record<string, Entry>;

export type ErrorCode = keyof typeof ERRORS;

/** True for a code of the table. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERRORS, text);
}

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
    super(filled(ERRORS[code].message, details), more.cause === undefined ? undefined : { cause: more.cause });
    this.name = code;
    this.code = code;
    this.details = details;
    this.places = more.places ?? [];
    this.frames = more.frames ?? [];
    this.advice = more.advice;
    this.others = more.others ?? [];
  }

  get hint(): string {
    return this.advice ?? filled(ERRORS[this.code].hint, this.details);
  }

  get exitCode(): number {
    return ERRORS[this.code].exit;
  }
}

function filled(text: string, details: Record<string, string | number>): string {
  return text.replace(/(?<!\$)\{(\w+)\}/g, (whole, name: string) => String(details[name] ?? whole));
}

/** Any thrown value as a PjError; what is not one is a bug. */
export function asPjError(thrown: unknown): PjError {
  if (thrown instanceof PjError) return thrown;
  const what = thrown instanceof Error ? thrown.message : String(thrown);
  return new PjError('PJ9001', { what }, { cause: thrown });
}
