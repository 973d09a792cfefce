/** How long ago a moment was, for people: `just now`, `40 s ago`, `3 min ago`, `5 h ago`, `2 days ago`. Undefined where it is no date. */
export function ago(since: string, now: Date): string | undefined {
  const age = ageOf(since, now);
  if (age === undefined) return undefined;
  return age === '0 s' ? 'just now' : `${age} ago`;
}

/** The same without the `ago`: `40 s`, `3 min`, `5 h`, `2 days`. A moment in the future counts as now: clocks differ. */
export function ageOf(since: string, now: Date): string | undefined {
  const then = Date.parse(since);
  if (Number.isNaN(then)) return undefined;
  const seconds = Math.max(0, Math.floor((now.getTime() - then) / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} days`;
}

/** A duration in whole seconds as Terraform writes it: `0s`, `42s`, `1m10s`, `1h0m5s`. */
export function elapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (h > 0) return `${h}h${m}m${s}s`;
  return m > 0 ? `${m}m${s}s` : `${s}s`;
}

/** A duration with what people want to know of short ones: `120ms`, `3.2s`, `42s`, `1m10s`. */
export function took(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))}ms`;
  return ms < 9950 ? `${(ms / 1000).toFixed(1)}s` : elapsed(ms);
}
