import { PjError } from '../errors.ts';

const UNITS: Record<string, number> = { ms: 0.001, s: 1, m: 60, min: 60, h: 3600, d: 86400 };

/** Seconds of a duration such as `30`, `30s`, `500ms`, `1m30s`, `10min`; undefined where the text is none. */
export function seconds(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  if (!/^(\d+(\.\d+)?(ms|s|min|m|h|d))+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, number, , unit] of text.matchAll(/(\d+(\.\d+)?)(ms|s|min|m|h|d)/g))
    sum += Number(number) * (UNITS[unit ?? ''] ?? 0);
  return sum;
}

/** Seconds of a flag's value. Throws PJ6008. */
export function durationFlag(flag: string, text: string): number {
  const value = seconds(text);
  if (value === undefined) throw new PjError('PJ6008', { flag, text });
  return value;
}

/** A moment as ISO 8601: a date as it is, a duration as so long before `now`. Throws PJ6012. */
export function momentFlag(flag: string, text: string, now: Date): string {
  const ago = seconds(text);
  if (ago !== undefined) return new Date(now.getTime() - ago * 1000).toISOString();
  const date = new Date(text);
  if (!/^\d{4}-\d\d/.test(text) || Number.isNaN(date.getTime())) throw new PjError('PJ6012', { flag, text });
  return date.toISOString();
}
