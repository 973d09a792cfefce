/** Bytes for people, three digits: `512 MiB`, `1.5 GiB`, `900 B`. */
export function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let value = count;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || value >= 100 || Number.isInteger(value) ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit] ?? 'B'}`;
}

/** Cores in use: `0.02`, `1.5`, `12`. */
export function cores(count: number): string {
  return count >= 10 ? count.toFixed(0) : count >= 1 ? count.toFixed(1) : count.toFixed(2);
}
