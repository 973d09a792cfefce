import type { Awake, Part } from '../contract.ts';
export function makeDrift(_: Awake): Part {
  return { name: 'drift' };
}
