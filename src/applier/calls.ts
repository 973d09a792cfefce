import { PjError } from '../errors.ts';
import type { Listener } from '../model/event.ts';
import type { Step } from '../model/plan.ts';
import type { CallContext } from '../providers/contract.ts';
import type { Clock } from './contract.ts';

/** How often a step that runs says what it waits for. Milliseconds. */
export const PROGRESS_EVERY = 10_000;
/** How long a call that was told to end may still take before it is left alone. Milliseconds. */
export const ABORT_GRACE = 5_000;
const TICK = 1_000;

/** What is being done, for the error and the progress lines, and how long it may take in milliseconds. */
export interface Limit {
  action: string;
  ms: number;
}

/** The engine calls that are under way: each has a deadline, can be aborted, and says every 10 s what it waits for. */
export interface Calls {
  /**
   * Throws what the call throws; PJ4006 when its deadline passed, PJ4007 when it was aborted. A call that ignores its signal
   * is left alone 5 s later.
   */
  call<T>(step: Step, limit: Limit, run: (context: CallContext) => Promise<T>): Promise<T>;
  /** Stops the watch. To be called once, when no call is under way. */
  close(): void;
}

interface Open {
  step: Step;
  limit: Limit;
  begun: number;
  spoken: number;
  heard: string | undefined;
  controller: AbortController;
  /** Set when it was told to end: why, and when it is left alone. */
  ending: { error: PjError; at: number } | undefined;
  giveUp(error: PjError): void;
}

/** One watch for all calls of a run: a single timer, however many run at once. */
export function watchCalls(options: {
  clock: Clock;
  emit: Listener;
  abort: AbortSignal;
  redact(text: string): string;
}): Calls {
  const { clock, emit, abort } = options;
  const open = new Set<Open>();
  const closed = new AbortController();

  const say = (call: Open, message: string) => {
    call.spoken = clock.monotonic();
    const elapsedMs = call.spoken - call.begun;
    emit({ type: 'step_progress', step: call.step, message: options.redact(message), elapsedMs });
  };
  const end = (call: Open, error: PjError) => {
    if (call.ending !== undefined) return;
    call.ending = { error, at: clock.monotonic() + ABORT_GRACE };
    call.controller.abort(error);
  };
  const interrupted = (call: Open) =>
    new PjError('PJ4007', { action: call.limit.action, workload: call.step.workload });
  const abortAll = () => {
    for (const call of open) end(call, interrupted(call));
  };
  abort.addEventListener('abort', abortAll, { once: true });

  const tick = (now: number) => {
    for (const call of open) {
      const running = now - call.begun;
      if (call.ending !== undefined && now >= call.ending.at) call.giveUp(call.ending.error);
      else if (call.ending === undefined && running >= call.limit.ms) {
        end(
          call,
          new PjError('PJ4006', {
            action: call.limit.action,
            workload: call.step.workload,
            seconds: Math.round(call.limit.ms / 1000),
            progress: options.redact(call.heard ?? 'nothing'),
          }),
        );
      } else if (now - call.spoken >= PROGRESS_EVERY) {
        const waited = `${Math.floor(running / 1000)} s of at most ${Math.round(call.limit.ms / 1000)} s`;
        say(call, `waiting for ${call.limit.action}${call.heard === undefined ? '' : `: ${call.heard}`} (${waited})`);
      }
    }
  };
  const watch = async () => {
    while (!closed.signal.aborted) {
      await clock.sleep(TICK, closed.signal);
      // A clock that only pretends to sleep must not keep the process from everything else.
      await new Promise((resolve) => setImmediate(resolve));
      if (!closed.signal.aborted) tick(clock.monotonic());
    }
  };
  let watching = false;

  return {
    async call(step, limit, run) {
      if (!watching) {
        watching = true;
        void watch();
      }
      const now = clock.monotonic();
      const controller = new AbortController();
      let giveUp: (error: PjError) => void = () => undefined;
      const givenUp = new Promise<never>((_, reject) => {
        giveUp = reject;
      });
      givenUp.catch(() => undefined);
      const call: Open = {
        step,
        limit,
        begun: now,
        spoken: now,
        heard: undefined,
        controller,
        ending: undefined,
        giveUp,
      };
      open.add(call);
      if (abort.aborted) end(call, interrupted(call));
      const context: CallContext = {
        signal: controller.signal,
        progress: (message) => {
          if (!open.has(call)) return;
          call.heard = message;
          say(call, message);
        },
      };
      try {
        return await Promise.race([run(context), givenUp]);
      } catch (thrown) {
        // What a call throws because it was told to end is only that it ended.
        throw call.ending?.error ?? thrown;
      } finally {
        open.delete(call);
      }
    },
    close() {
      closed.abort();
      abort.removeEventListener('abort', abortAll);
    },
  };
}
