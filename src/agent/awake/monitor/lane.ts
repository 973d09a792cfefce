/** Longest that an engine may take for an answer. ms */
const LONGEST = 10_000;

/** Calls to one engine, one at a time: while one is under way the next are left out, and counted. */
export class Lane {
  /** Calls that were left out. */
  missed = 0;
  private busy = false;
  private readonly failed: (error: unknown) => void;

  constructor(failed: (error: unknown) => void) {
    this.failed = failed;
  }

  /** Undefined where the one before is under way. What it gives never rejects. */
  start(call: (signal: AbortSignal) => Promise<void>): Promise<void> | undefined {
    if (this.busy) return undefined;
    this.busy = true;
    return this.run(call);
  }

  private async run(call: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const ends = new AbortController();
    // A real timer, whatever clock the watch has: engines know of no other.
    const timer = setTimeout(() => ends.abort(new Error(`no answer within ${LONGEST / 1000} s`)), LONGEST);
    timer.unref();
    try {
      await call(ends.signal);
    } catch (error) {
      this.failed(error);
    } finally {
      clearTimeout(timer);
      this.busy = false;
    }
  }
}
