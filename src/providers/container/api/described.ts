import { type Json, type JsonObject, type Pointer, segments } from '../../../model/json.ts';

/** A block of a spec with what reality has put in the place of what it says; fields of reality are pointers into the spec, null for nothing. */
export function withFields<T extends object>(block: string, told: T, fields: Readonly<Record<Pointer, Json>>): T {
  const described = structuredClone(told) as JsonObject;
  for (const [path, value] of Object.entries(fields)) {
    const [first, key = '', below] = segments(path);
    if (first !== block) continue;
    let owner = described;
    if (below !== undefined) {
      owner = (described[key] ?? {}) as JsonObject;
      described[key] = owner;
    }
    if (value === null) delete owner[below ?? key];
    else owner[below ?? key] = value;
  }
  return described as T;
}
