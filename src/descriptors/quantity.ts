const UNIT: Record<string, number> = { '': 2 ** 20, b: 1 };
for (const [i, letter] of ['k', 'm', 'g', 't'].entries()) {
  UNIT[letter] = 1024 ** (i + 1);
  UNIT[`${letter}ib`] = 1024 ** (i + 1);
  UNIT[`${letter}i`] = 1024 ** (i + 1);
  UNIT[`${letter}b`] = 1000 ** (i + 1);
}

/**
 * Bytes of a size. A bare number is MiB (platform-java says MB and means that), `KiB MiB GiB TiB` and the short forms
 * `Ki K` are powers of 1024, `KB MB GB TB` powers of 1000, `B` is bytes. Undefined for anything else. Whole bytes.
 */
export function bytes(value: unknown): number | undefined {
  if (typeof value === 'number') return value > 0 && Number.isFinite(value) ? Math.round(value * 2 ** 20) : undefined;
  if (typeof value !== 'string') return undefined;
  const found = /^\s*(\d+(?:\.\d+)?)\s*([a-z]{0,3})\s*$/i.exec(value);
  const unit = UNIT[found?.[2]?.toLowerCase() ?? '?'];
  if (found === null || unit === undefined) return undefined;
  const size = Math.round(Number(found[1]) * unit);
  return size > 0 && Number.isSafeInteger(size) ? size : undefined;
}

const SECONDS: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86400 };

/** Seconds of a duration: a bare number is seconds; `500ms`, `10s`, `1m30s`, `2h`. Undefined for anything else. To the millisecond. */
export function seconds(value: unknown): number | undefined {
  if (typeof value === 'number') return value >= 0 && Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  if (!/^(\d+(\.\d+)?\s*(ms|s|m|h|d)\s*)+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)/g)) {
    sum += Number(amount) * (SECONDS[unit ?? ''] ?? Number.NaN);
  }
  return Math.round(sum * 1000) / 1000;
}

/** A port from 1 to 65535 of a number or its text, or undefined. */
export function port(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) && number >= 1 && number <= 65535 ? number : undefined;
}
