/** Edits (insert, delete, replace, swap of neighbours) between two texts, letter case aside; stops counting above `limit`. */
export function distance(a: string, b: string, limit: number): number {
  const s = a.toLowerCase();
  const t = b.toLowerCase();
  if (Math.abs(s.length - t.length) > limit) return limit + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: t.length + 1 }, (_, j) => j);
  for (let i = 1; i <= s.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= t.length; j++) {
      const same = s[i - 1] === t[j - 1];
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && s[i - 1] === t[j - 2] && s[i - 2] === t[j - 1]) {
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(cost);
      least = Math.min(least, cost);
    }
    if (least > limit) return limit + 1;
    beforeLast = last;
    last = row;
  }
  return last[t.length] ?? 0;
}

/** The known name that was most likely meant, or undefined when none is near. Ties go to the first in the alphabet. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  const limit = name.length <= 3 ? 1 : name.length <= 6 ? 2 : 3;
  let best: string | undefined;
  let least = limit + 1;
  for (const candidate of known) {
    // a swap of all letters is not a near miss
    const edits = distance(name, candidate, Math.min(limit, least));
    if (edits >= Math.max(name.length, candidate.length)) continue;
    if (edits < least || (edits === least && best !== undefined && candidate < best)) {
      best = candidate;
      least = edits;
    }
  }
  return least <= limit ? best : undefined;
}

/** ` (did you mean x?)`, or the known names when there are few, or nothing: the end of a sentence on an unknown name. */
export function suggestion(name: string, known: Iterable<string>): string {
  const list = [...known];
  const near = nearest(name, list);
  if (near !== undefined) return `; did you mean \`${near}\`?`;
  if (list.length === 0 || list.length > 24) return '';
  return `; known: ${list.sort().join(', ')}`;
}
