import type { Json } from '../model/json.ts';
import type { Deposed, Snapshot, WorkloadRecord } from '../model/record.ts';
import type { Spec } from '../model/spec.ts';
import { mapLeaves, type Part, partsOf } from '../model/template.ts';
import type { PendingIntent } from './contract.ts';
import type { JournalEntry } from './journal-lines.ts';

/** What the journal is folded into. Changed in place. */
export interface Folding {
  workloads: Snapshot['workloads'];
  /** By step id: a newer intent of the same step takes the older one's place. */
  pending: Map<string, PendingIntent>;
}

/** Does what one line says. Doing a line twice is the same as doing it once. */
export function applyEntry(state: Folding, entry: JournalEntry): void {
  const { workloads, pending } = state;
  switch (entry.op) {
    case 'intent': {
      const { step, after, specDigest, at } = entry;
      const before = entry.before === undefined ? (workloads[step.workload] ?? null) : entry.before;
      pending.set(step.id, { step, before, after, at, ...(specDigest === undefined ? {} : { specDigest }) });
      break;
    }
    case 'outcome':
      settlePending(pending, entry.id, entry.generation);
      setRecord(workloads, entry.id, entry.record);
      break;
    case 'put':
      setRecord(workloads, entry.id, entry.record);
      // What the state no longer knows is nobody's to settle.
      if (entry.record === null)
        for (const [id, { step }] of pending) if (step.workload === entry.id) pending.delete(id);
      break;
    case 'move':
      moveRecord(workloads, entry.from, entry.to, entry.at);
      break;
  }
}

/** Steps of one instance come one after the other: what is known now of the newest settles those before it. */
export function settlePending(pending: Map<string, PendingIntent>, id: string, generation: number): void {
  for (const [key, { step }] of pending)
    if (step.workload === id && step.generation === generation) pending.delete(key);
}

export function setRecord(workloads: Snapshot['workloads'], id: string, record: WorkloadRecord | null): void {
  if (record === null) delete workloads[id];
  else workloads[id] = record;
}

/** Renames a record in place, and every dependency and reference on it. Does nothing when there is no such record. */
export function moveRecord(workloads: Snapshot['workloads'], from: string, to: string, at: string): void {
  const moved = workloads[from];
  if (moved === undefined) return;
  delete workloads[from];
  workloads[to] = { ...moved, id: to };
  for (const record of Object.values(workloads)) {
    const renamed = renameIn(record, from, to);
    if (renamed !== record || record.id === to) workloads[record.id] = { ...renamed, updatedAt: at };
  }
}

/** The record with every mention of `from` as another workload renamed; the same object when there is none. */
function renameIn(record: WorkloadRecord, from: string, to: string): WorkloadRecord {
  const { previousSpec, deposed } = record;
  const depends = record.dependencies.some(({ id }) => id === from);
  const out: WorkloadRecord = {
    ...record,
    spec: renameSpec(record.spec, from, to),
    dependencies: depends
      ? record.dependencies
          .map((dependency) => (dependency.id === from ? { ...dependency, id: to } : dependency))
          .sort((a, b) => (a.id < b.id ? -1 : 1))
      : record.dependencies,
    ...(previousSpec === undefined ? {} : { previousSpec: renameSpec(previousSpec, from, to) }),
    ...(deposed === undefined ? {} : { deposed: renameDeposed(deposed, from, to) }),
  };
  const same =
    out.spec === record.spec &&
    out.dependencies === record.dependencies &&
    out.previousSpec === previousSpec &&
    out.deposed === deposed;
  return same ? record : out;
}

function renameDeposed(deposed: Deposed[], from: string, to: string): Deposed[] {
  const out = deposed.map((one) => {
    const spec = renameSpec(one.spec, from, to);
    return spec === one.spec ? one : { ...one, spec };
  });
  return out.every((one, i) => one === deposed[i]) ? deposed : out;
}

function renameSpec(spec: Spec, from: string, to: string): Spec {
  const rename = (part: Part): Part =>
    typeof part === 'object' && 'workload' in part && part.workload === from ? { ...part, workload: to } : part;
  return mapLeaves(spec as Json, (leaf) => {
    const parts = partsOf(leaf).map(rename);
    if (parts.every((part, i) => part === partsOf(leaf)[i])) return leaf as unknown as Json;
    const [[key, value]] = Object.entries(leaf) as [[string, object]];
    return { [key]: { ...value, parts } } as unknown as Json;
  }) as Spec;
}
