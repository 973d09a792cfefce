/** What is known under that key; made where nothing is yet. */
export function once<K, V>(known: Map<K, V>, key: K, make: () => V): V {
  let value = known.get(key);
  if (value === undefined) {
    value = make();
    known.set(key, value);
  }
  return value;
}

/** Closes what has been opened, and leaves alone what could not be. */
export async function closeAll(opened: Iterable<Promise<{ close(): Promise<void> }>>): Promise<void> {
  for (const one of await Promise.allSettled(opened)) if (one.status === 'fulfilled') await one.value.close();
}
