import { EXIT } from '../errors.ts';

/** What Ctrl-C and the like ask of a run. */
export interface Interrupts {
  /** Aborted by the first signal: no new step starts, running ones finish. */
  drain: AbortSignal;
  /** Aborted by the second: running steps are ended too. */
  abort: AbortSignal;
  /** The exit code that the signal asks for, or undefined while none came. */
  exitCode(): number | undefined;
  /** The same as a SIGTERM, the first or the second; once more is once. */
  ask(how: 'drain' | 'abort'): void;
  /** Gives the signals back to Node. */
  dispose(): void;
}

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Takes over SIGINT, SIGTERM and SIGHUP. Who runs the steps tells people of them. */
export function takeInterrupts(): Interrupts {
  const drain = new AbortController();
  const abort = new AbortController();
  let code: number | undefined;
  const on = (signal: NodeJS.Signals) => {
    if (abort.signal.aborted) return;
    code ??= signal === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;
    const second = drain.signal.aborted;
    drain.abort();
    if (second) abort.abort();
  };
  for (const signal of SIGNALS) process.on(signal, on);
  return {
    drain: drain.signal,
    abort: abort.signal,
    exitCode: () => code,
    ask(how) {
      code ??= EXIT.terminated;
      drain.abort();
      if (how === 'abort') abort.abort();
    },
    dispose: () => {
      for (const signal of SIGNALS) process.off(signal, on);
    },
  };
}
