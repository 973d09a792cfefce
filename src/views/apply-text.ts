import type { Event } from '../model/event.ts';
import type { Step } from '../model/plan.ts';
import { ago, elapsed } from './age.ts';
import { applySummaryLines, type Ending } from './apply-summary.ts';
import { type Paint, paintWith, type Screen } from './paint.ts';
import { type AddressOf, addresses } from './plan-pj.ts';
import { doing, done, which } from './step-words.ts';
import { safe, safeLines } from './text-safety.ts';
import { plural, prefixed } from './wording.ts';

/** Terraform tells every 10 s that something still goes on. */
const STILL_MS = 10_000;

export interface ApplyTextOptions extends Omit<Screen, 'now'> {
  /** The clock, for ages in messages. */
  now(): Date;
  /** Addresses until a plan was seen. @default the bare id */
  addressOf?: AddressOf;
  /** What is run. @default apply, or destroy where the plan says so */
  ending?: Ending | undefined;
  /** Debug messages too. @default false */
  debug?: boolean;
}

/**
 * Makes the function that turns events into plain lines, in Terraform's words, for screens without cursor control and for logs.
 * It remembers the plan (for addresses) and when a step last told that it still goes on. The plan itself is not printed here.
 */
export function applyLines(options: ApplyTextOptions): (event: Event) => string[] {
  const paint = paintWith(options.chalk);
  const told = new Map<string, number>();
  let addressOf: AddressOf = options.addressOf ?? ((id) => id);
  let ending: Ending = options.ending ?? { verb: 'apply' };
  return (event) => {
    if (event.type === 'plan_complete') {
      addressOf = addresses(event.plan.changes);
      if (event.plan.mode === 'destroy') ending = { ...ending, verb: 'destroy' };
      return [];
    }
    if (event.type === 'step_progress') {
      const last = told.get(event.step.id) ?? 0;
      if (event.elapsedMs - last < STILL_MS) return [];
      told.set(event.step.id, event.elapsedMs);
    }
    if (event.type === 'log' && event.level === 'debug' && options.debug !== true) return [];
    if (event.type === 'apply_complete')
      return applySummaryLines(event.result, { addressOf, ending, width: options.width, paint });
    return eventLines(event, { addressOf, paint, now: options.now() });
  };
}

/** One event as lines without memory: what `applyLines` and the messages of the JSON stream are made of. */
export function eventLines(event: Event, context: { addressOf: AddressOf; paint: Paint; now: Date }): string[] {
  const { addressOf, paint } = context;
  const at = (id: string) => paint.strong(safe(addressOf(id)));
  const whom = (step: Step) => `${at(step.workload)}${which(step)}`;
  switch (event.type) {
    case 'log': {
      const where = event.workload === undefined ? '' : `${at(event.workload)}: `;
      const word = event.level === 'warn' ? `${paint.warning('Warning')}: ` : '';
      return [`${word}${where}${safe(event.message)}`];
    }
    case 'diagnostic': {
      const word = event.severity === 'error' ? paint.error('Error') : paint.warning('Warning');
      const where = event.workload === undefined ? '' : `${at(event.workload)}: `;
      const [first = '', ...others] = safeLines(event.summary);
      const detail = event.detail === undefined ? [] : safeLines(event.detail);
      return [`${word}: ${where}${first} (${safe(event.code)})`, ...[...others, ...detail].map((line) => `  ${line}`)];
    }
    case 'lock_waiting':
      return [`Waiting for the state lock: ${holder(event, context.now)}`];
    case 'lock_taken_over':
      return [
        `${paint.warning('Warning')}: took over the state lock of a process that is gone: ${holder(event, context.now)}`,
      ];
    case 'recovered':
      return [
        `${at(event.workload)}: ${recovered(event)}${event.detail === undefined ? '' : `: ${safe(event.detail)}`}`,
      ];
    case 'refresh_start':
      return [`Refreshing state... [${plural(event.workloads, 'workload')}]`];
    case 'refresh_complete':
      return [`Refresh complete after ${elapsed(event.elapsedMs)} [${plural(event.workloads, 'workload')}]`];
    case 'step_start':
      return [`${whom(event.step)}: ${doing(event.step)}...`];
    case 'step_progress': {
      const what = event.message === '' ? '' : ` (${safe(event.message)})`;
      return [`${whom(event.step)}: Still ${lower(doing(event.step))}...${what} [${elapsed(event.elapsedMs)} elapsed]`];
    }
    case 'step_complete': {
      // An engine that calls it by the same name says nothing new.
      const own = event.engineId === undefined || event.engineId === event.step.workload;
      const id = own ? '' : ` [id=${safe(shortId(event.engineId ?? ''))}]`;
      return [`${whom(event.step)}: ${done(event.step)} after ${elapsed(event.elapsedMs)}${id}`];
    }
    case 'step_errored': {
      const { workload } = event.step;
      const [first = '', ...others] = safeLines(prefixed('', event.message, workload).slice(2));
      const word = paint.error('Error');
      return [
        `${whom(event.step)}: ${doing(event.step)} failed after ${elapsed(event.elapsedMs)}`,
        `${word}: ${whom(event.step)}: ${first} (${safe(event.code)})`,
        ...others.map((line) => `  ${line}`),
      ];
    }
    case 'step_skipped': {
      const why = event.reason === 'interrupted' ? 'interrupted' : `${safe(event.because)} failed`;
      return [`${whom(event.step)}: Skipped ${safe(event.step.id)}: ${why}`];
    }
    case 'rollback': {
      const what = { start: 'Rolling back...', done: 'Rolled back', failed: paint.error('Rollback failed') }[
        event.phase
      ];
      return [`${at(event.workload)}: ${what}${event.message === undefined ? '' : `: ${safe(event.message)}`}`];
    }
    case 'interrupting': {
      const running = event.running.length === 0 ? '' : ` Running: ${event.running.map(safe).join(', ')}.`;
      return event.count === 1
        ? [
            '',
            `Interrupt received. No new step starts; running ones finish.${running}`,
            'Interrupt again to stop at once.',
          ]
        : ['', `Two interrupts received. Stopping at once; the next run cleans up.${running}`];
    }
    case 'drift_found':
    case 'change_planned':
    case 'plan_complete':
    case 'apply_complete':
      return [];
  }
}

function holder(event: { holder: string; since: string; operation: string }, now: Date): string {
  const since = ago(event.since, now);
  return `${safe(event.operation)} by ${safe(event.holder)}${since === undefined ? '' : `, begun ${since}`}`;
}

function recovered(event: Extract<Event, { type: 'recovered' }>): string {
  const step = `an interrupted ${event.action}`;
  const verdicts = {
    adopted: `Took over what ${step} had made`,
    cleaned: `Removed what ${step} had left half made`,
    'not-done': `Found that ${step} had not happened`,
    done: `Found that ${step} had been done`,
  };
  return verdicts[event.verdict];
}

function lower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** The long ids of container engines are told by their first twelve digits, as their own tools do. */
const shortId = (id: string): string => (/^[0-9a-f]{64}$/.test(id) ? id.slice(0, 12) : id);
