import { type RestartPolicy, restartPolicy, type Spec, staysEnded } from '../model/spec.ts';
import type { Exit } from './entry.ts';

/** What to do about a process that ended. */
export type Verdict =
  | { next: 'completed' }
  | { next: 'failed'; reason: string | null }
  | { next: 'restart'; delayMs: number; attempts: number };

/** True when the exit counts as success: a known code out of `successExitCodes`, default 0. */
export function succeeded(spec: Spec, exit: Exit): boolean {
  return exit.known && exit.signal === null && (spec.native?.successExitCodes ?? [0]).includes(exit.code ?? -1);
}

/** Milliseconds before restart number `attempt` (from 1): delay·2^(attempt-1), at most maxDelay, ±25 % so that a group that failed together does not come back together. */
export function backoffDelay(policy: RestartPolicy, attempt: number, random: () => number): number {
  const seconds = Math.min(policy.maxDelay, policy.delay * 2 ** Math.min(attempt - 1, 40));
  return Math.min(policy.maxDelay, seconds * (0.75 + random() * 0.5)) * 1000;
}

/**
 * Decides by the restart policy. `attempts`: restarts in a row so far; `ranMs`: how long this run lasted, undefined where that is not known. An
 * exit that nobody saw counts as a failure. A job that ended well is never run again.
 */
export function afterExit(
  spec: Spec,
  exit: Exit,
  attempts: number,
  ranMs: number | undefined,
  random: () => number,
): Verdict {
  const ok = succeeded(spec, exit);
  if (staysEnded(spec) && ok) return { next: 'completed' };
  const policy = restartPolicy(spec);
  if (policy.policy === 'no' || (policy.policy === 'on-failure' && ok)) return { next: 'failed', reason: null };
  const before = ranMs !== undefined && ranMs >= policy.resetAfter * 1000 ? 0 : attempts;
  if (policy.maxAttempts > 0 && before >= policy.maxAttempts) {
    return { next: 'failed', reason: `given up after ${before} restart${before === 1 ? '' : 's'}` };
  }
  return { next: 'restart', delayMs: backoffDelay(policy, before + 1, random), attempts: before + 1 };
}
