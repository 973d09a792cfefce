import { type ActivityLog, openActivity } from '../activity/log.ts';
import { asPjError } from '../errors.ts';
import type { Event } from '../model/event.ts';
import type { JsonObject } from '../model/json.ts';
import type { Plan } from '../model/plan.ts';
import type { Applied } from './options.ts';
import type { Run } from './run.ts';

/** What a run that changes something leaves in the project's events (`pj events`, the agent's metrics). */
export interface Telling {
  /** The run whose steps are told of. */
  run: Run;
  /** The lock is held: from here on it is this run's project. */
  locked(): void;
}

/** Has a run tell what it does: its steps, how long it waited for the lock, what it came to. What stands there is redacted like all that is shown. */
export async function telling(
  run: Run,
  operation: string,
  work: (telling: Telling) => Promise<Applied>,
): Promise<Applied> {
  const { clock } = run;
  const activity = redacting(run);
  const began = clock.monotonic();
  let waiting: { since: number; holder: string } | undefined;
  let lockedAt: number | undefined;
  const emit = (event: Event): void => {
    if (event.type === 'lock_waiting') waiting ??= { since: clock.monotonic(), holder: event.holder };
    else tellStep(activity, event);
    run.emit(event);
  };
  const locked = (): void => {
    lockedAt = clock.monotonic();
    if (waiting === undefined) return;
    const seconds = secondsOf(lockedAt - waiting.since);
    activity.tell({
      ...{ type: 'lock_waited', severity: 'info' },
      message: `${operation} waited ${seconds} s for the lock, which ${waiting.holder} held`,
      data: { operation, seconds, holder: waiting.holder },
    });
  };
  try {
    const applied = await work({ run: { ...run, emit }, locked });
    const elapsed = applied.result?.elapsedMs ?? clock.monotonic() - (lockedAt ?? began);
    if (applied.outcome !== 'declined') tellEnd(activity, operation, applied, secondsOf(elapsed));
    return applied;
  } catch (thrown) {
    // Whoever did not get the lock has done nothing, and perhaps there is no project here at all.
    if (lockedAt !== undefined) {
      const { code, message } = asPjError(thrown);
      const seconds = secondsOf(clock.monotonic() - lockedAt);
      activity.tell({
        ...{ type: 'apply_complete', severity: 'error' },
        message: `${operation}: ${code} ${message}`,
        data: { operation, outcome: 'error', seconds, code },
      });
    }
    throw thrown;
  }
}

function tellStep(activity: ActivityLog, event: Event): void {
  if (event.type === 'step_complete') {
    const { id, workload, action } = event.step;
    const seconds = secondsOf(event.elapsedMs);
    const message = `${action}: done in ${seconds} s`;
    activity.tell({
      ...{ type: 'step_complete', severity: 'info', workload, message, data: { step: id, action, seconds } },
    });
  } else if (event.type === 'step_errored') {
    const { id, workload, action } = event.step;
    const { code } = event;
    const data = { step: id, action, seconds: secondsOf(event.elapsedMs), code };
    activity.tell({
      ...{ type: 'step_failed', severity: 'error', workload, message: `${action}: ${code} ${event.message}`, data },
    });
  }
}

function tellEnd(activity: ActivityLog, operation: string, { plan, outcome, result }: Applied, seconds: number): void {
  const data: JsonObject = { operation, outcome, seconds, actions: result === undefined ? {} : actionsOf(plan) };
  const { add = 0, change = 0, destroy = 0 } = result?.summary ?? {};
  const came = result === undefined ? 'no changes' : `${add} added, ${change} changed, ${destroy} destroyed`;
  activity.tell({
    type: 'apply_complete',
    severity: outcome === 'ok' || outcome === 'none' ? 'info' : outcome === 'interrupted' ? 'warning' : 'error',
    message: `${operation}: ${outcome === 'none' ? came : `${outcome}, ${came}`} in ${seconds} s`,
    data,
  });
}

/** How many changes of each kind the plan has. */
function actionsOf(plan: Plan): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { action } of plan.changes) if (action !== 'no-op') counts[action] = (counts[action] ?? 0) + 1;
  return counts;
}

function redacting({ dir, clock, values }: Run): ActivityLog {
  const log = openActivity(dir, () => clock.now());
  return { ...log, tell: (event) => log.tell({ ...event, message: values.redact(event.message) }) };
}

const secondsOf = (ms: number): number => Math.round(ms) / 1000;
