/** MAJOR.MINOR.PATCH with an optional -PRERELEASE; what follows a + does not count. */
const FORM = /^v?(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+.*)?$/;

/** Whether version `a` is newer than `b`, by the rules of semver. False where one of them is none: who cannot be told apart is left alone. */
export function isNewer(a: string, b: string): boolean {
  const [left, right] = [FORM.exec(a), FORM.exec(b)];
  if (left === null || right === null) return false;
  for (const part of [1, 2, 3]) {
    const difference = Number(left[part]) - Number(right[part]);
    if (difference !== 0) return difference > 0;
  }
  const [mine, theirs] = [left[4], right[4]];
  // A release is newer than what came before it.
  if (mine === undefined || theirs === undefined) return mine === undefined && theirs !== undefined;
  return comparePrerelease(mine.split('.'), theirs.split('.')) > 0;
}

function comparePrerelease(a: readonly string[], b: readonly string[]): number {
  for (const [i, mine] of a.entries()) {
    const theirs = b[i];
    if (theirs === undefined) return 1;
    if (mine === theirs) continue;
    const numbers = [mine, theirs].map((part) => /^\d+$/.test(part));
    if (numbers[0] && numbers[1]) return Number(mine) - Number(theirs);
    if (numbers[0] !== numbers[1]) return numbers[0] ? -1 : 1;
    return mine < theirs ? -1 : 1;
  }
  return a.length - b.length;
}
