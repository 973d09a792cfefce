/** Longest that an engine may take for an answer, and then until it has let go of the question. ms */
const LONGEST = 10_000;
const LAST = 5_000;

export interface LaneOptions {
  /** Told of every call that came to nothing. */
  failed(error: unknown): void;
  /** Told of one that goes on though it was to end: it is waited for no more, and what it was made with is not to be used again. */
  abandoned?(): void;
  /** ms. Defaults: 10 s and 5 s. */
  longest?: number;
  last?: number;
}

/** Calls to one engine, one at a time: while one is under way the next are left out, and counted. */
export class Lane {
  /** Calls that were left out. */
  missed = 0;
  private busy = false;
  private readonly options: LaneOptions;

  constructor(options: LaneOptions) {
    this.options = options;
  }

  /** Undefined where the one before is under way. What it gives never rejects. A call whose signal is aborted must not write anything any more: another may be. */
  start(call: (signal: AbortSignal) => Promise<void>): Promise<void> | undefined {
    if (this.busy) return undefined;
    this.busy = true;
    return this.run(call);
  }

  private async run(call: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { failed, abandoned, longest = LONGEST, last = LAST } = this.options;
    const ends = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    let left = false;
    // Real timers, whatever clock the watch has: engines know of no other.
    const given = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const late = new Error(`no answer within ${longest / 1000} s`);
        ends.abort(late);
        timer = setTimeout(() => {
          left = true;
          reject(late);
        }, last).unref();
      }, longest).unref();
    });
    const asked = call(ends.signal);
    // It may still fail when nobody waits for it any more.
    asked.catch(() => undefined);
    try {
      await Promise.race([asked, given]);
    } catch (error) {
      failed(error);
    } finally {
      clearTimeout(timer);
      this.busy = false;
      if (left) abandoned?.();
    }
  }
}
