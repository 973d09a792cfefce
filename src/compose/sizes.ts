const POWERS: Record<string, number> = { '': 0, b: 0, k: 1, m: 2, g: 3, t: 4 };

/** Bytes of a size as Compose writes it: a bare number is bytes, `k m g` (also `kb`, `kib`) are powers of 1024. Undefined for anything else. */
export function composeBytes(text: string): number | undefined {
  const found = /^\s*(\d+(?:\.\d+)?)\s*([bkmgt]?)(?:i?b)?\s*$/i.exec(text);
  const power = POWERS[found?.[2]?.toLowerCase() ?? '?'];
  return found === null || power === undefined ? undefined : Math.round(Number(found[1]) * 1024 ** power);
}

/** Bytes as descriptors have them, in the largest unit that gives a whole number. */
export function sizeText(bytes: number): string {
  for (const [i, unit] of ['TiB', 'GiB', 'MiB', 'KiB'].entries()) {
    const size = 1024 ** (4 - i);
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return `${bytes}B`;
}

/** The size at which Docker's log files are rotated: its units are powers of 1000. */
export function logSize(text: string): string | undefined {
  const found = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(i?b)?\s*$/i.exec(text);
  if (found === null) return undefined;
  return `${found[1]}${found[2]?.toUpperCase() ?? ''}B`;
}

/** Seconds of the units that Go writes, which Compose takes; a micro sign reads as `u`. */
const SECONDS: Record<string, number> = {
  ns: 1e-9,
  us: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
};

/** A duration of Compose as descriptors have it; undefined for what is none. */
export function durationText(text: string): string | undefined {
  const plain = text.trim().replace(/[\u00b5\u03bc]/g, 'u');
  if (/^0+(\.0+)?$/.test(plain)) return '0s';
  if (!/^(\d+(\.\d+)?(ns|us|ms|s|m|h|d|w))+$/.test(plain)) return undefined;
  if (!/(us|ns|w)/.test(plain)) return plain;
  let sum = 0;
  for (const [, amount, unit] of plain.matchAll(/(\d+(?:\.\d+)?)(ns|us|ms|s|m|h|d|w)/g))
    sum += Number(amount) * (SECONDS[unit ?? ''] ?? 0);
  // Descriptors count to the millisecond.
  return `${Math.max(1, Math.round(sum * 1000))}ms`;
}
