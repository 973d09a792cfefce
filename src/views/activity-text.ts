import type { ActivityEvent } from '../model/awake.ts';
import { localTime } from './local-time.ts';
import { paintWith, type Screen } from './paint.ts';
import { safe, safeLines } from './text-safety.ts';
import { prefixed } from './wording.ts';

/** Columns of the longest type that is met often: longer ones push the rest of their line. */
const TYPE_WIDTH = 18;

/** One event as a line for people: `2026-11-29 11:02:03  warning  health_changed      web: is unhealthy: …`, in local time. */
export function activityLine(event: ActivityEvent, screen: Pick<Screen, 'chalk'>): string {
  const paint = paintWith(screen.chalk);
  const by = { info: (text: string) => text, warning: paint.warning, error: paint.error }[event.severity];
  const message = safeLines(event.message).join('; ');
  const text = event.workload === undefined ? message : prefixed(safe(event.workload), message);
  const kind = `${event.severity.padEnd(7)}  ${safe(event.type).padEnd(TYPE_WIDTH)}`;
  return `${paint.faint(localTime(event.at))}  ${by(`${kind}  ${text}`)}`;
}
