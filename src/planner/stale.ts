import type { Json } from '../model/json.ts';
import type { Observed } from '../model/observed.ts';
import type { Plan } from '../model/plan.ts';
import type { Snapshot, WorkloadRecord } from '../model/record.ts';
import { evaluate, leavesOf, type Part, reference, sensitiveSources } from '../model/template.ts';
import { observedDigest } from './digests.ts';
import { recordedAttribute } from './references.ts';

/** How things are when a saved plan is to be applied. */
export interface Now {
  snapshot: Snapshot | undefined;
  observed: ReadonlyMap<string, Observed>;
  sha256(text: string): string;
  keyId: string;
  digest(value: Json): string;
  /** The value of a sensitive part; every one in the plan's specs must be prepared. */
  lookup(part: Exclude<Part, string>): Json | undefined;
}

/** One thing that is not as it was when the plan was made. */
export interface Stale {
  /** The workload concerned, or empty where it is the state as a whole. */
  workload: string;
  reason: string;
}

/**
 * Everything that keeps a saved plan from being applied as it stands: another state or another serial of it, workloads that
 * no longer look as they did, sensitive values that differ. Empty where the plan holds. Sorted by workload.
 */
export function findStale(plan: Plan, now: Now): Stale[] {
  const found = staleState(plan, now.snapshot);
  const was = new Map(plan.moved.map(({ from, to }) => [to, from]));
  const scene: Scene = {
    ...now,
    record: (id) => now.snapshot?.workloads[was.get(id) ?? id],
    looks: (id) => now.observed.get(was.get(id) ?? id),
  };
  // Of another state nothing can be compared.
  if (found.some((one) => one.reason.includes('lineage'))) return found;
  found.push(...staleLooks(plan, scene), ...staleSecrets(plan, scene));
  return found;
}

/** Workloads by the ids that the plan calls them: the state still has moved ones under their old id. */
interface Scene extends Now {
  record(id: string): WorkloadRecord | undefined;
  looks(id: string): Observed | undefined;
}

function staleState(plan: Plan, snapshot: Snapshot | undefined): Stale[] {
  const serial = snapshot?.serial ?? 0;
  // A state that is not written yet gets a lineage when it is opened; that is no other state.
  const fresh = plan.lineage === null && serial === 0 && Object.keys(snapshot?.workloads ?? {}).length === 0;
  const lineage = snapshot?.lineage ?? null;
  if (!fresh && plan.lineage !== lineage) {
    const reason = `it was made for the state of lineage ${plan.lineage ?? 'none'}; here is ${lineage ?? 'none'}`;
    return [{ workload: '', reason }];
  }
  if (plan.serial === serial) return [];
  return [
    { workload: '', reason: `the state has moved on since: it was at serial ${plan.serial}, it is at ${serial}` },
  ];
}

function staleLooks(plan: Plan, now: Scene): Stale[] {
  const found: Stale[] = [];
  for (const id of Object.keys(plan.observedDigests).sort()) {
    const observed = now.looks(id);
    if (observed === undefined) {
      found.push({ workload: id, reason: 'what it looks like could not be told again' });
      continue;
    }
    const digest = observedDigest(observed, now.record(id)?.spec, now.digest, now.sha256);
    if (digest === plan.observedDigests[id]) continue;
    const detail = observed.detail === undefined ? '' : ` (${observed.detail})`;
    found.push({ workload: id, reason: `it no longer looks as it did: it is ${observed.status} now${detail}` });
  }
  return found;
}

function staleSecrets(plan: Plan, now: Scene): Stale[] {
  if (plan.digestKeyId !== undefined && plan.digestKeyId !== now.keyId) {
    const reason = `its digests of sensitive values were made with key ${plan.digestKeyId}; the key here is ${now.keyId}`;
    return [{ workload: '', reason }];
  }
  const found: Stale[] = [];
  for (const id of Object.keys(plan.workloads).sort()) {
    const names = new Set<string>();
    for (const leaf of leavesOf(plan.workloads[id]?.spec)) {
      if (!('$sensitive' in leaf) || leaf.$sensitive.parts.length === 0) continue;
      const { parts, digest } = leaf.$sensitive;
      const value = evaluate(parts, (part) => {
        const ref = reference(part);
        if (ref === undefined) return now.lookup(part);
        return recordedAttribute(now.record(ref.workload), now.looks(ref.workload), ref.attribute);
      });
      if (value !== undefined && now.digest(value) === digest) continue;
      for (const name of sensitiveSources(parts)) names.add(name);
    }
    if (names.size === 0) continue;
    found.push({
      workload: id,
      reason: `a sensitive value differs from the one it was planned with: ${[...names].sort().join(', ')}`,
    });
  }
  return found;
}
