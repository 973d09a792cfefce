/** One element of two sequences put side by side. */
export type Pair<T> =
  | { type: 'same'; before: T; after: T }
  | { type: 'removed'; before: T }
  | { type: 'added'; after: T };

/** Above this many comparisons the unlike middle is shown as all removed, all added: nobody could read more. */
const LIMIT = 250_000;

/** Aligns two short sequences by a longest common subsequence of their keys; of a run, the removed come before the added. */
export function alignSequences<T>(before: readonly T[], after: readonly T[], key: (item: T) => string): Pair<T>[] {
  const a = before.map(key);
  const b = after.map(key);
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const n = a.length - head - tail;
  const m = b.length - head - tail;
  const common = n * m <= LIMIT ? lengths(a, b, head, n, m) : undefined;

  const pairs: Pair<T>[] = [];
  const same = (i: number, j: number) => pairs.push({ type: 'same', before: before[i] as T, after: after[j] as T });
  for (let i = 0; i < head; i++) same(i, i);
  let i = 0;
  let j = 0;
  while (i < n || j < m) {
    if (common !== undefined && i < n && j < m && a[head + i] === b[head + j]) {
      same(head + i, head + j);
      i++;
      j++;
    } else if (i < n && (j >= m || common === undefined || at(common, i + 1, j, m) >= at(common, i, j + 1, m))) {
      pairs.push({ type: 'removed', before: before[head + i] as T });
      i++;
    } else {
      pairs.push({ type: 'added', after: after[head + j] as T });
      j++;
    }
  }
  for (let k = 0; k < tail; k++) same(a.length - tail + k, b.length - tail + k);
  return grouped(pairs);
}

/** Lengths of common subsequences of the ends from (i, j) on, row by row. */
function lengths(a: string[], b: string[], head: number, n: number, m: number): Uint32Array {
  const table = new Uint32Array((n + 1) * (m + 1));
  for (let i = n - 1; i >= 0; i--)
    for (let j = m - 1; j >= 0; j--)
      table[i * (m + 1) + j] =
        a[head + i] === b[head + j]
          ? at(table, i + 1, j + 1, m) + 1
          : Math.max(at(table, i + 1, j, m), at(table, i, j + 1, m));
  return table;
}

function at(table: Uint32Array, i: number, j: number, m: number): number {
  return table[i * (m + 1) + j] ?? 0;
}

function grouped<T>(pairs: readonly Pair<T>[]): Pair<T>[] {
  const out: Pair<T>[] = [];
  let added: Pair<T>[] = [];
  for (const pair of pairs) {
    if (pair.type === 'added') added.push(pair);
    else {
      if (pair.type === 'same') {
        out.push(...added);
        added = [];
      }
      out.push(pair);
    }
  }
  return [...out, ...added];
}
