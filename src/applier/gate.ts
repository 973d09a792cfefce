import { PjError } from '../errors.ts';
import type { Json } from '../model/json.ts';
import type { Observed } from '../model/observed.ts';
import { DEFAULT_HEALTH, type HealthCheck, hasHealthCheck, type Spec } from '../model/spec.ts';
import type { Clock, Verdict } from './contract.ts';

/** First tries come quickly, so that what is ready in milliseconds is not waited for a second. */
const FIRST_DELAY = 20;
/** The engine is asked at most this often whether the thing still lives. Milliseconds. */
const READ_EVERY = 250;
const JOB_POLL = 500;
const SPEAK_AFTER = 1_000;
const SPEAK_EVERY = 10_000;

/** What a wait came to. */
export type Passed =
  | { how: 'passed'; observed: Observed }
  | { how: 'unhealthy' | 'died'; error: PjError }
  | { how: 'stopped' };

/** What a wait needs to know and to ask. */
export interface Waiting {
  id: string;
  /** Resolved. */
  spec: Spec;
  clock: Clock;
  /** When it was started, by the clock's `monotonic`. */
  startedAt: number;
  /** Ends the wait at once: the run is being stopped. */
  stop: AbortSignal;
  /** What the engine says of it now. Throws when the engine cannot be asked. */
  read(): Promise<Observed>;
  /** One probe. Never throws. */
  probe(signal: AbortSignal): Promise<Verdict>;
  /** Tells people what is waited for. */
  say(message: string): void;
}

/**
 * Waits until it is healthy: its health check says so and the engine says that it runs (somebody else may answer on its port).
 * Failed probes count only after the start period, and `retries` of them in a row make it unhealthy. Ends early when it dies
 * for good; while its supervisor starts it again, that it is down counts as a failed probe.
 */
export async function waitHealthy(waiting: Waiting): Promise<Passed> {
  const { clock, spec, stop } = waiting;
  const check = timing(spec.healthCheck);
  const checked = hasHealthCheck(spec);
  const speak = speaker(waiting);
  const begun = clock.monotonic();
  const startedFor = () => clock.monotonic() - Math.min(waiting.startedAt, begun);
  // Bounds the loop whatever the probe and the clock do.
  const deadline = check.startPeriod + check.retries * (check.interval + check.timeout) + check.timeout;
  let lastRead = Number.NEGATIVE_INFINITY;
  let failures = 0;
  for (let delay = FIRST_DELAY; ; delay = Math.min(delay * 2, check.interval)) {
    if (stop.aborted) return { how: 'stopped' };
    let verdict: Verdict | undefined = checked ? await probeOnce(waiting, check.timeout) : { healthy: true };
    if (stop.aborted || verdict === undefined) return { how: 'stopped' };
    if (verdict.healthy || clock.monotonic() - lastRead >= READ_EVERY) {
      lastRead = clock.monotonic();
      const observed = await waiting.read();
      if (restarts(observed)) verdict = { healthy: false, reason: `restarting after ${endOf(observed)}` };
      else if (observed.status !== 'running') return { how: 'died', error: died(waiting.id, observed) };
      else if (verdict.healthy) return { how: 'passed', observed };
    }
    const reason = verdict.healthy ? '' : verdict.reason;
    const waited = startedFor();
    if (waited >= check.startPeriod) failures += 1;
    if (failures >= check.retries || waited >= deadline) {
      const tried = `${reason} (waited ${seconds(waited)} s${failures > 0 ? `, ${failures} failed in a row after the start period` : ''})`;
      return { how: 'unhealthy', error: new PjError('PJ4004', { workload: waiting.id, reason: tried }) };
    }
    speak(
      failures === 0
        ? `waiting to be healthy: ${reason} (${seconds(waited)} s of ${seconds(check.startPeriod)} s)`
        : `waiting to be healthy: ${reason} (failed ${failures} of ${check.retries} times)`,
    );
    // Quick tries are for what is about to be ready; a failure that counts is given the whole interval.
    await clock.sleep(failures === 0 ? delay : check.interval, stop);
  }
}

/**
 * Waits until a one-shot job has run to its end. It has no deadline, as a job may take hours: it ends with the job, for good
 * where its supervisor tries it again, when the engine no longer has it, or when the run is stopped.
 */
export async function waitCompleted(waiting: Waiting): Promise<Passed> {
  const { clock, stop } = waiting;
  const speak = speaker(waiting);
  for (let delay = FIRST_DELAY; ; delay = Math.min(delay * 2, JOB_POLL)) {
    if (stop.aborted) return { how: 'stopped' };
    const observed = await waiting.read();
    if (observed.status === 'completed') return { how: 'passed', observed };
    const again = restarts(observed);
    if (!again && observed.status !== 'running' && observed.status !== 'paused') {
      const error = new PjError('PJ4008', { workload: waiting.id, detail: detailOf(observed) });
      return { how: 'died', error };
    }
    const how = again ? `restarting after ${endOf(observed)}` : 'waiting for it to run to its end';
    const paused = observed.status === 'paused' ? ', it is paused' : '';
    speak(`${how} (${seconds(clock.monotonic() - waiting.startedAt)} s${paused})`);
    await clock.sleep(delay, stop);
  }
}

/** The health check's times in milliseconds, defaults filled in. */
export function timing(check: HealthCheck | undefined) {
  const ms = (value: number | undefined, otherwise: number) => Math.max(0, (value ?? otherwise) * 1000);
  return {
    interval: Math.max(10, ms(check?.interval, DEFAULT_HEALTH.interval)),
    timeout: Math.max(10, ms(check?.timeout, DEFAULT_HEALTH.timeout)),
    startPeriod: ms(check?.startPeriod, DEFAULT_HEALTH.startPeriod),
    retries: Math.max(1, check?.retries ?? DEFAULT_HEALTH.retries),
  };
}

/** The files that a workload's output goes to, where its provider tells them among its attributes. */
export function logFilesOf(attributes: Record<string, Json | undefined>): string[] {
  const told = attributes['logFiles'];
  return Array.isArray(told) ? told.filter((one) => typeof one === 'string') : [];
}

/** Undefined: the run is being stopped. */
async function probeOnce(waiting: Waiting, timeout: number): Promise<Verdict | undefined> {
  const { clock, stop } = waiting;
  const over = new AbortController();
  const end = () => over.abort();
  stop.addEventListener('abort', end, { once: true });
  try {
    const late = clock.sleep(timeout, over.signal).then((): Verdict | undefined => {
      if (stop.aborted) return undefined;
      return { healthy: false, reason: `the probe gave no answer within ${seconds(timeout)} s` };
    });
    return await Promise.race([waiting.probe(over.signal), late]);
  } catch (thrown) {
    return { healthy: false, reason: thrown instanceof Error ? thrown.message : String(thrown) };
  } finally {
    stop.removeEventListener('abort', end);
    over.abort();
  }
}

/** Speaks when there is something new, once a second at most, and else every 10 s. */
function speaker(waiting: Waiting): (message: string) => void {
  let spoken = waiting.clock.monotonic();
  let last = '';
  return (message) => {
    const now = waiting.clock.monotonic();
    const said = message.replace(/\([^()]*\)$/, '');
    if (now - spoken < (said === last ? SPEAK_EVERY : SPEAK_AFTER)) return;
    spoken = now;
    last = said;
    waiting.say(message);
  };
}

const restarts = (observed: Observed): boolean => observed.status === 'dead' && observed.restarting === true;

/** How it ended: the first thing that is told of it, without what happens next. */
function endOf(observed: Observed): string {
  return detailOf(observed).split('; ')[0] ?? detailOf(observed);
}

function died(id: string, observed: Observed): PjError {
  return new PjError('PJ4005', { workload: id, detail: detailOf(observed) });
}

const WHAT: Record<Observed['status'], string> = {
  running: 'it runs',
  stopped: 'it was stopped',
  paused: 'it was paused',
  completed: 'it ran to its end',
  dead: 'it ended',
  gone: 'the engine no longer has it',
};

function detailOf(observed: Observed): string {
  return observed.detail ?? WHAT[observed.status];
}

const seconds = (ms: number): number => (ms < 10_000 ? Math.round(ms / 100) / 10 : Math.round(ms / 1000));
