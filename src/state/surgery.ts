import { PjError } from '../errors.ts';
import { equal, type Json } from '../model/json.ts';
import type { Snapshot, WorkloadRecord } from '../model/record.ts';
import type { StateSession, StateStore } from './contract.ts';
import { danglingDependencies } from './dependency-graph.ts';
import type { LocalSession } from './session.ts';
import { parseSnapshot, snapshotText } from './snapshot-text.ts';

/** Every recorded workload, by id. */
export function listRecords(snapshot: Snapshot | undefined): WorkloadRecord[] {
  return Object.values(snapshot?.workloads ?? {}).sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** One record. Throws PJ3050 when there is none of that id. */
export function showRecord(snapshot: Snapshot | undefined, id: string): WorkloadRecord {
  const record = snapshot !== undefined && Object.hasOwn(snapshot.workloads, id) ? snapshot.workloads[id] : undefined;
  if (record === undefined) throw new PjError('PJ3050', { id });
  return record;
}

/**
 * Drops workloads from the state; what runs of them runs on and is pj's no more. All or none: throws PJ3050 before anything is dropped when
 * one is not there. Gives what was dropped, and who depends on it.
 */
export async function removeRecords(
  session: StateSession,
  ids: readonly string[],
): Promise<{ removed: WorkloadRecord[]; dependents: { from: string; to: string }[] }> {
  const removed = [...new Set(ids)].map((id) => showRecord(session.snapshot, id));
  for (const { id } of removed) await session.put(id, null);
  const gone = new Set(removed.map(({ id }) => id));
  const dependents = danglingDependencies(session.snapshot.workloads).filter(({ to }) => gone.has(to));
  return { removed, dependents };
}

/** As the agent takes them too: those of descriptors, and replicas' `ID-N`. */
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** Renames a workload in the state. Throws PJ3050, PJ3051 (the new name is taken), PJ3052 (it has an unsettled step), PJ3056 (no id). */
export async function renameRecord(session: StateSession, from: string, to: string): Promise<void> {
  if (from === to) {
    showRecord(session.snapshot, from);
    return;
  }
  if (!ID.test(to)) throw new PjError('PJ3056', { id: JSON.stringify(to) });
  await session.move(from, to);
}

/** The state as text, journal folded in: what `pushState` takes. Undefined when there is none. */
export async function pullState(store: StateStore): Promise<string | undefined> {
  const { snapshot } = await store.load();
  return snapshot === undefined ? undefined : snapshotText({ snapshot }).text;
}

/** What a push did. */
export interface Pushed {
  changed: boolean;
  serial: number;
  workloads: number;
  /** Dependencies on workloads that the pushed state does not have. */
  dangling: { from: string; to: string }[];
}

/**
 * Puts the state in `text` (what `pullState` gave, perhaps edited) in the place of the one here, which stays as a backup.
 * Refused unless forced: another lineage (PJ3054), an older serial (PJ3053: somebody wrote since it
 * was pulled), interrupted steps that the present state still has to settle (PJ3052). Always refused: what is no state (PJ3055), a newer version (PJ3001).
 * The serial always goes up, so that plans saved before are stale.
 */
export async function pushState(
  session: LocalSession,
  text: string,
  options: { force: boolean; pjVersion: string },
): Promise<Pushed> {
  const given = parseGiven(text, options.pjVersion);
  const { snapshot: present, pending } = session;
  const workloads = Object.keys(given.workloads).length;
  const dangling = danglingDependencies(given.workloads);
  const isNew = present.serial === 0 && Object.keys(present.workloads).length === 0;
  const same = present.lineage === given.lineage && equal(asJson(present), asJson(given));
  if (same && !isNew) return { changed: false, serial: present.serial, workloads, dangling };
  if (!options.force) {
    const first = pending[0];
    if (first !== undefined) throw new PjError('PJ3052', { id: first.step.workload, step: first.step.id });
    if (!isNew && given.lineage !== present.lineage)
      throw new PjError('PJ3054', { given: given.lineage, lineage: present.lineage });
    if (!isNew && given.serial < present.serial)
      throw new PjError('PJ3053', { given: given.serial, serial: present.serial, what: 'it is older' });
  }
  const serial = Math.max(given.serial, present.serial + 1);
  await session.replace({ ...given, serial, pjVersion: options.pjVersion });
  return { changed: true, serial, workloads, dangling };
}

function parseGiven(text: string, pjVersion: string): Snapshot {
  try {
    return parseSnapshot(text, { path: 'given', pjVersion, checksum: 'ignored' }).snapshot;
  } catch (error) {
    if (!(error instanceof PjError) || error.code === 'PJ3001') throw error;
    throw new PjError('PJ3055', { reason: String(error.details['reason'] ?? error.message) }, { cause: error });
  }
}

const asJson = (snapshot: Snapshot): Json => ({ workloads: snapshot.workloads as unknown as Json });
