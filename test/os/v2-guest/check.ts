import assert from 'node:assert/strict';

/** One thing that is tried inside the guest; it throws where it does not hold. */
export interface Check {
  name: string;
  run(): Promise<void> | void;
}

/** What the guest reports of one check, as a line of JSON. */
export interface Outcome {
  name: string;
  ms: number;
  /** The error's text; absent where the check held. */
  error?: string;
}

/** Longest that one check may take in the guest, in ms. */
const LIMIT_MS = 60_000;

/** Runs one check. It never throws: what goes wrong is told, a check that does not end too. */
export async function runCheck({ name, run }: Check): Promise<Outcome> {
  const from = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${LIMIT_MS / 1000} s`)), LIMIT_MS);
  });
  try {
    await Promise.race([run(), late]);
    return { name, ms: Math.round(performance.now() - from) };
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { name, ms: Math.round(performance.now() - from), error: text };
  } finally {
    clearTimeout(timer);
  }
}

/** Measures over and over until the value lies within `share` of `wanted`, at most `times` times; fails with all values. */
export async function nearly(
  what: string,
  wanted: number,
  share: number,
  measure: () => Promise<number>,
  times = 6,
): Promise<void> {
  const seen: number[] = [];
  for (let i = 0; i < times; i++) {
    const value = await measure();
    seen.push(value);
    if (Math.abs(value - wanted) <= wanted * share) return;
  }
  assert.fail(`${what} should be ${wanted} ± ${share * 100} %, measured ${seen.map((v) => v.toFixed(3)).join(', ')}`);
}
