import type { ChalkInstance } from 'chalk';
import type { Event, StepOutcome } from '../model/event.ts';
import type { Step } from '../model/plan.ts';
import { elapsed, took } from './age.ts';
import { paintWith } from './paint.ts';
import { type AddressOf, addresses } from './plan-pj.ts';
import { doing, done, which } from './step-words.ts';
import { safe } from './text-safety.ts';
import { truncate } from './width.ts';

interface RunningStep {
  step: Step;
  /** Milliseconds of the caller's monotonic clock. */
  since: number;
  message: string;
}

interface EndedStep {
  step: Step;
  outcome: StepOutcome;
  elapsedMs: number;
}

/** What a live view shows. A value: reducing an event gives a new one. */
export interface LiveView {
  addressOf: AddressOf;
  total: number;
  counts: Record<StepOutcome, number>;
  running: readonly RunningStep[];
  /** The latest last. */
  ended: readonly EndedStep[];
  interrupted: 0 | 1 | 2;
  /** When the first step began. */
  begun?: number;
}

/** Ended steps that are kept for show. */
const KEPT = 50;
const SPINNER = ['|', '/', '-', '\\'];

/** A view in which nothing has happened. */
export function emptyView(): LiveView {
  return {
    addressOf: (id) => id,
    total: 0,
    counts: { done: 0, failed: 0, skipped: 0, 'not-started': 0 },
    running: [],
    ended: [],
    interrupted: 0,
  };
}

/** The view after an event. `at`: milliseconds of a monotonic clock, the same that frames are asked for with. */
export function reduceView(view: LiveView, event: Event, at: number): LiveView {
  switch (event.type) {
    case 'plan_complete':
      return { ...view, total: event.plan.steps.length, addressOf: addresses(event.plan.changes) };
    case 'step_start': {
      const running = [...view.running, { step: event.step, since: at, message: '' }];
      return { ...view, running, begun: view.begun ?? at };
    }
    case 'step_progress': {
      const running = view.running.map((r) => (r.step.id === event.step.id ? { ...r, message: event.message } : r));
      return { ...view, running };
    }
    case 'step_complete':
      return ended(view, event.step, 'done', event.elapsedMs);
    case 'step_errored':
      return ended(view, event.step, 'failed', event.elapsedMs);
    case 'step_skipped':
      return ended(view, event.step, event.reason === 'interrupted' ? 'not-started' : 'skipped', 0);
    case 'interrupting':
      return { ...view, interrupted: event.count };
    default:
      return view;
  }
}

function ended(view: LiveView, step: Step, outcome: StepOutcome, elapsedMs: number): LiveView {
  return {
    ...view,
    running: view.running.filter((r) => r.step.id !== step.id),
    ended: [...view.ended, { step, outcome, elapsedMs }].slice(-KEPT),
    counts: { ...view.counts, [outcome]: view.counts[outcome] + 1 },
  };
}

export interface FrameOptions {
  /** Columns and rows of the terminal. */
  width: number;
  height: number;
  /** Milliseconds of the clock that reduceView was given. */
  at: number;
  chalk?: ChalkInstance;
}

/**
 * The lines to show now: at most `height`, none wider than `width`. From the top: what ended last, what runs, the counts. Where
 * there is not room for all, what runs goes before what ended, and the oldest of it before the newest.
 */
export function frame(view: LiveView, options: FrameOptions): string[] {
  const paint = paintWith(options.chalk);
  const { width } = options;
  const rows = Math.max(0, Math.floor(options.height));
  if (rows === 0) return [];
  const counts = countsLine(view, options.at);
  const status = view.counts.failed > 0 ? paint.error(truncate(counts, width)) : paint.strong(truncate(counts, width));

  const tick = SPINNER[Math.floor(options.at / 100) % SPINNER.length] ?? '|';
  let room = rows - 1;
  const shown = view.running.length <= room ? view.running : view.running.slice(0, Math.max(0, room - 1));
  const running = shown.map((r) => {
    const message = r.message === '' ? '' : ` (${safe(r.message)})`;
    const text = `${tick} ${safe(view.addressOf(r.step.workload))}${which(r.step)}: ${doing(r.step)}... [${elapsed(options.at - r.since)}]${message}`;
    return truncate(text, width);
  });
  const hidden = view.running.length - shown.length;
  if (hidden > 0 && room > 0) running.push(truncate(`  ... and ${hidden} more running`, width));
  room -= running.length;

  const last = room > 0 ? view.ended.slice(-Math.min(room, 5)) : [];
  const lines = last.map(({ step, outcome, elapsedMs }) => {
    const name = `${safe(view.addressOf(step.workload))}${which(step)}`;
    if (outcome === 'done') return paint.good(truncate(`+ ${name}: ${done(step)} after ${took(elapsedMs)}`, width));
    if (outcome === 'failed')
      return paint.error(truncate(`x ${name}: ${doing(step)} failed after ${took(elapsedMs)}`, width));
    const word = outcome === 'skipped' ? 'Skipped' : 'Not started:';
    return paint.warning(truncate(`- ${name}: ${word} ${safe(step.id)}`, width));
  });
  return [...lines, ...running, status];
}

function countsLine(view: LiveView, at: number): string {
  const { done: finished, failed, skipped, 'not-started': left } = view.counts;
  const parts = [`${finished}/${view.total} done`, `${view.running.length} running`];
  if (failed > 0) parts.push(`${failed} failed`);
  if (skipped > 0) parts.push(`${skipped} skipped`);
  if (left > 0) parts.push(`${left} not started`);
  if (view.begun !== undefined) parts.push(elapsed(at - view.begun));
  const interrupted = ['', '  Interrupted: running steps finish (again to stop now)', '  Stopping now'][
    view.interrupted
  ];
  return `${parts.join(', ')}${interrupted}`;
}
