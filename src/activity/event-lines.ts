import type { ActivityEvent } from '../model/awake.ts';
import { isObject } from '../model/json.ts';

/** Bytes of the longest line that is taken for an event. */
const LONGEST = 1 << 20;

/** The event that a line is; undefined for what is none. A type that only a newer pj knows is let through. */
export function parseEvent(line: string): ActivityEvent | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const { at, type, severity, workload, message } = value;
  const whole =
    typeof at === 'string' &&
    !Number.isNaN(Date.parse(at)) &&
    typeof type === 'string' &&
    typeof message === 'string' &&
    (severity === 'info' || severity === 'warning' || severity === 'error') &&
    (workload === undefined || typeof workload === 'string');
  return whole ? (value as unknown as ActivityEvent) : undefined;
}

/** Takes bytes as they are read and gives the events of all lines that are complete by then; bad lines are left out, too long ones without being kept. */
export function eventReader(): (data: Buffer) => ActivityEvent[] {
  let begun: Buffer[] = [];
  let size = 0;
  return (data) => {
    const events: ActivityEvent[] = [];
    let from = 0;
    for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10, from)) {
      if (size + end - from <= LONGEST) {
        const event = parseEvent(Buffer.concat([...begun, data.subarray(from, end)]).toString('utf8'));
        if (event !== undefined) events.push(event);
      }
      begun = [];
      size = 0;
      from = end + 1;
    }
    size += data.length - from;
    if (size > LONGEST) begun = [];
    else if (from < data.length) begun.push(Buffer.from(data.subarray(from)));
    return events;
  };
}
