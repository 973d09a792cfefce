/** Those that are read on dark and light ground alike; red is kept for what went wrong. */
const COLOURS = [
  'cyan',
  'yellow',
  'green',
  'magenta',
  'blue',
  'cyanBright',
  'greenBright',
  'magentaBright',
  'blueBright',
  'yellowBright',
] as const;
export type WorkloadColour = (typeof COLOURS)[number];

/** A colour for each: by its id, so that it has the same one tomorrow; another one only where an id before it in the alphabet has that already. */
export function workloadColours(ids: readonly string[]): Map<string, WorkloadColour> {
  const colours = new Map<string, WorkloadColour>();
  for (const id of [...new Set(ids)].sort()) {
    // As long as there are enough for all, no two have the same.
    const taken =
      colours.size % COLOURS.length === 0 ? [] : [...colours.values()].slice(-(colours.size % COLOURS.length));
    let at = hash(id) % COLOURS.length;
    while (taken.includes(COLOURS[at] ?? 'cyan')) at = (at + 1) % COLOURS.length;
    colours.set(id, COLOURS[at] ?? 'cyan');
  }
  return colours;
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const char of text) value = Math.imul(value ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return value;
}
