import { PjError } from '../errors.ts';
import type { Observed } from '../model/observed.ts';
import type { Snapshot, WorkloadRecord } from '../model/record.ts';
import type { Spec } from '../model/spec.ts';
import { isSensitive, mapLeaves, type Part, reference } from '../model/template.ts';

/** The records and observations under the ids that they have from now on. */
export interface Renamed {
  records: Map<string, WorkloadRecord>;
  observed: ReadonlyMap<string, Observed>;
  /** New id to the id in the state. */
  previous: Map<string, string>;
  moved: { from: string; to: string }[];
}

/**
 * Renames the records that `moved:` in pj.yaml names; those that depend on them follow. Entries whose `from` is not in the
 * state have done their work already. Throws PJ2003 (both are recorded), PJ2004 (`from` still has a descriptor), PJ2005 (entries that contradict each other).
 */
export function rename(
  snapshot: Snapshot | undefined,
  observed: ReadonlyMap<string, Observed>,
  moved: readonly { from: string; to: string }[],
  described: { has(id: string): boolean },
): Renamed {
  const records = new Map(Object.entries(snapshot?.workloads ?? {}));
  const target = targets(moved, described);
  const done: { from: string; to: string }[] = [];
  for (const [from, to] of target) {
    if (!records.has(from)) continue;
    if (records.has(to)) throw new PjError('PJ2003', { from, to });
    done.push({ from, to });
  }
  if (done.length === 0) return { records, observed, previous: new Map(), moved: [] };

  done.sort((a, b) => (a.from < b.from ? -1 : 1));
  const now = new Map(done.map(({ from, to }) => [from, to]));
  const taken = new Set<string>();
  for (const { from, to } of done) {
    if (taken.has(to)) throw new PjError('PJ2005', { id: to, reason: `both ${from} and another one become ${to}` });
    taken.add(to);
  }
  const renamed = new Map<string, WorkloadRecord>();
  for (const [id, record] of records) {
    const to = now.get(id) ?? id;
    const follows = record.dependencies.some((d) => now.has(d.id));
    const dependencies = follows
      ? record.dependencies.map((d) => ({ ...d, id: now.get(d.id) ?? d.id })).sort((a, b) => (a.id < b.id ? -1 : 1))
      : record.dependencies;
    const spec = follows ? followed(record.spec, now) : record.spec;
    renamed.set(to, to === id && !follows ? record : { ...record, id: to, dependencies, spec });
  }
  const seen = new Map<string, Observed>();
  for (const [id, one] of observed) {
    const to = now.get(id) ?? id;
    seen.set(to, to === id ? one : { ...one, id: to });
  }
  return { records: renamed, observed: seen, previous: new Map(done.map(({ from, to }) => [to, from])), moved: done };
}

/** The spec with the templates of its sensitive values referring to the new ids. */
function followed(spec: Spec, now: ReadonlyMap<string, string>): Spec {
  return mapLeaves(spec, (leaf) => {
    if (!isSensitive(leaf)) return leaf;
    const { parts, digest } = leaf.$sensitive;
    if (!parts.some((part) => now.has(reference(part)?.workload ?? ''))) return leaf;
    const renamed = parts.map((part): Part => {
      const ref = reference(part);
      return ref === undefined ? part : { ...ref, workload: now.get(ref.workload) ?? ref.workload };
    });
    return { $sensitive: { parts: renamed, digest } };
  }) as Spec;
}

/** Where each `from` ends up, chains (a became b, later c) followed to their end. */
function targets(
  moved: readonly { from: string; to: string }[],
  described: { has(id: string): boolean },
): Map<string, string> {
  const direct = new Map<string, string>();
  for (const { from, to } of moved) {
    const other = direct.get(from);
    if (other !== undefined && other !== to)
      throw new PjError('PJ2005', { id: from, reason: `it becomes both ${other} and ${to}` });
    if (described.has(from)) throw new PjError('PJ2004', { from, to });
    direct.set(from, to);
  }
  const end = new Map<string, string>();
  for (const from of direct.keys()) {
    const seen = new Set([from]);
    let to = direct.get(from) ?? from;
    for (let next = direct.get(to); next !== undefined; next = direct.get(to)) {
      if (seen.has(to)) throw new PjError('PJ2005', { id: from, reason: 'the renames go round in a circle' });
      seen.add(to);
      to = next;
    }
    end.set(from, to);
  }
  return end;
}
