import { PjError } from '../errors.ts';
import type { Event } from '../model/event.ts';

type Redact = (text: string) => string;

/** The error without any sensitive value that is known: an engine may have echoed one. The same object where there is none in it. */
export function hideInError(thrown: unknown, redact: Redact): unknown {
  if (!(thrown instanceof Error)) return typeof thrown === 'string' ? redact(thrown) : thrown;
  const cause = thrown.cause === undefined ? undefined : hideInError(thrown.cause, redact);
  if (thrown instanceof PjError) {
    const others = thrown.others.map((other) => hideInError(other, redact) as PjError);
    const told = [thrown.message, thrown.hint, thrown.stack ?? '', ...thrown.frames];
    const changed = cause !== thrown.cause || others.some((other, i) => other !== thrown.others[i]);
    if (!changed && told.every((text) => redact(text) === text)) return thrown;
    const details = Object.entries(thrown.details).map(([name, value]) => [
      name,
      typeof value === 'string' ? redact(value) : value,
    ]);
    return new PjError(thrown.code, Object.fromEntries(details), {
      places: thrown.places,
      frames: thrown.frames.map(redact),
      ...(thrown.advice === undefined ? {} : { advice: redact(thrown.advice) }),
      others,
      cause,
    });
  }
  const clean = redact(thrown.message) === thrown.message && redact(thrown.stack ?? '') === (thrown.stack ?? '');
  if (clean && cause === thrown.cause) return thrown;
  const hidden = new Error(redact(thrown.message), cause === undefined ? {} : { cause });
  hidden.name = thrown.name;
  hidden.stack = redact(thrown.stack ?? hidden.message);
  return hidden;
}

/** The same for what is told in words; events of steps are redacted where they are made. */
export function hideInEvent(event: Event, redact: Redact): Event {
  switch (event.type) {
    case 'log':
      return { ...event, message: redact(event.message) };
    case 'diagnostic': {
      const { detail } = event;
      return { ...event, summary: redact(event.summary), ...(detail === undefined ? {} : { detail: redact(detail) }) };
    }
    case 'recovered': {
      const { detail } = event;
      return { ...event, ...(detail === undefined ? {} : { detail: redact(detail) }) };
    }
    default:
      return event;
  }
}
