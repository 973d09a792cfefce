import type { CallContext } from '../../../contract.ts';

/** Milliseconds for which an answer is as good as new: read, list and check of one run come right after each other. */
const FRESH = 1000;

/** An answer of the engine that serves several calls. */
export interface Recent<T> {
  get(context: CallContext): Promise<T>;
  /** What was learnt is no longer so. */
  forget(): void;
}

export function recent<T>(ask: (context: CallContext) => Promise<T>, lasts: number = FRESH): Recent<T> {
  let known: { answer: Promise<T>; until: number } | undefined;
  return {
    get(context) {
      context.signal.throwIfAborted();
      if (known === undefined || performance.now() > known.until) {
        const answer = ask(context);
        const mine = { answer, until: performance.now() + lasts };
        known = mine;
        answer.catch(() => {
          if (known === mine) known = undefined;
        });
      }
      return known.answer;
    },
    forget() {
      known = undefined;
    },
  };
}
