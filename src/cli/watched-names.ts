/** Ids of the instances (`web@2`) that the agent watches, for people: which one of them it is concerns nobody. */
export function watchedNames(keys: readonly string[]): string {
  return [...new Set(keys.map((key) => key.replace(/@\d+$/, '')))].sort().join(', ');
}
