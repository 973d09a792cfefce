import type { MakePart } from './contract.ts';

/** Every part of the watch, in the order in which they are told of a tick. */
export async function loadParts(): Promise<MakePart[]> {
  return [(await import('./enforcement/enforcement.ts')).enforcement];
}
