/** Milliseconds in which an engine must answer a request that does not wait for something by itself. */
export const PATIENCE = 120_000;

/** Requests that last as long as what they wait for; whoever makes them ends them by the signal. */
const OPEN_ENDED =
  /^\/(?:libpod\/)?(?:events|build|commit|images\/(?:create|pull|load|get|[^?]+\/(?:push|get))|containers\/[^/]+\/(?:wait|attach|logs|stats|export|archive|checkpoint|restore)|exec\/[^/]+\/start)\b/;

/** Milliseconds until the engine must have answered. A stop may take the grace that it is given on top. */
export function deadlineOf(path: string, query: Readonly<Record<string, unknown>>, patience: number): number {
  if (OPEN_ENDED.test(path)) return Number.POSITIVE_INFINITY;
  if (!/\/(stop|restart)\b/.test(path)) return patience;
  const grace = Number(query['t'] ?? query['timeout'] ?? /[?&]t(?:imeout)?=(\d+)/.exec(path)?.[1] ?? 10);
  return patience + (Number.isFinite(grace) && grace > 0 ? grace * 1000 : 0);
}
