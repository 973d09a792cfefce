import type { MakePart } from './contract.ts';

/** Every part of the watch, in the order in which they are told of a tick. */
export async function loadParts(): Promise<MakePart[]> {
  const [{ makeBoot }, { makeDrift }] = await Promise.all([import('./boot/boot.ts'), import('./drift/drift.ts')]);
  return [makeBoot, makeDrift];
}
