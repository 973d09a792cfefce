import type { Cause } from '../model/plan.ts';
import { ago } from './age.ts';
import type { AddressOf } from './plan-pj.ts';
import { safe } from './text-safety.ts';

/** What cause texts need from outside. */
export interface CauseContext {
  now: Date;
  addressOf: AddressOf;
}

/**
 * Why a line or a workload changes, as a safe text without a full stop; undefined where it is simply "you changed it".
 * Examples: `changed outside pj 3 min ago`, `pj_vm.db is replaced`, `was destroyed outside pj`.
 */
export function causeText(cause: Cause, context: CauseContext): string | undefined {
  switch (cause.type) {
    case 'configured':
    case 'removed':
      return undefined;
    case 'orphan':
      return 'it bears the marks of this project, and its state does not know it';
    case 'drift':
      return driftCause(cause, context);
    case 'dependency': {
      const other = safe(context.addressOf(cause.workload));
      if (cause.what !== 'changed') return `${other} is ${cause.what}`;
      return cause.attribute === undefined ? `${other} changes` : `${other}.${safe(cause.attribute)} changes`;
    }
    case 'requested':
      return `requested by ${safe(cause.by)}`;
    case 'failed':
      return cause.error === '' ? 'it failed before' : `it failed before: ${safe(cause.error)}`;
    case 'unhealthy':
      return 'it is not healthy yet';
    case 'interrupted':
      return 'its last step was interrupted';
    case 'desiredState':
      return broughtBy(cause, context) ?? `desiredState: ${safe(cause.from)} -> ${safe(cause.to)}`;
  }
}

/** Who stopped it: `stopped by pj stop 2 min ago`; undefined where no imperative command did. */
function broughtBy(
  { from, by, at }: { from: string; by?: string; at?: string },
  { now }: Pick<CauseContext, 'now'>,
): string | undefined {
  if (by === undefined) return undefined;
  const word = from === 'running' ? 'started' : from;
  const when = at === undefined ? undefined : ago(at, now);
  return `${safe(word)} by ${safe(by)}${when === undefined ? '' : ` ${when}`}`;
}

/** As causeText, worded for the header of a workload that is brought back: `it died outside pj 3 min ago: exited 137 (SIGKILL)`. */
export function headerCause(cause: Cause, context: CauseContext): string | undefined {
  if (cause.type !== 'drift' || cause.what !== 'stopped') return causeText(cause, context);
  return stoppedText(cause, context);
}

/** How something came to stand still: `it died outside pj 5 s ago: exited 1`, `it was stopped outside pj`, `it went down: its JVM jvm.default does not run`. */
export function stoppedText(drift: { since?: string; detail?: string }, context: Pick<CauseContext, 'now'>): string {
  const died = drift.detail !== undefined && /^(exit|kill|crash|oom|signal|core|dead|died)/i.test(drift.detail);
  // What took the JVM down is told of the JVM: it may have been a command of pj.
  if (drift.detail?.startsWith('its JVM ') === true) return `it went down${tail(drift, context)}`;
  return `it ${died ? 'died' : 'was stopped'} outside pj${tail(drift, context)}`;
}

function driftCause(cause: Extract<Cause, { type: 'drift' }>, context: CauseContext): string {
  const words = {
    changed: 'changed outside pj',
    stopped: 'stopped outside pj',
    gone: 'was destroyed outside pj',
  };
  return words[cause.what] + tail(cause, context);
}

function tail(drift: { since?: string; detail?: string }, context: Pick<CauseContext, 'now'>): string {
  const when = drift.since === undefined ? undefined : ago(drift.since, context.now);
  return [when === undefined ? '' : ` ${when}`, drift.detail === undefined ? '' : `: ${safe(drift.detail)}`].join('');
}
