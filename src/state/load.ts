import { readFile } from 'node:fs/promises';
import { PjError } from '../errors.ts';
import { equal, type Json } from '../model/json.ts';
import type { Snapshot, WorkloadRecord } from '../model/record.ts';
import { errorCode, ioError } from './atomic-file.ts';
import { startOf } from './backups.ts';
import type { LoadedState, PendingIntent } from './contract.ts';
import { cutCycles } from './dependency-graph.ts';
import { applyEntry, type Folding } from './fold.ts';
import { recordProblem } from './invariants.ts';
import { type JournalContent, type JournalEntry, readJournalLines } from './journal-lines.ts';
import type { SnapshotFile, VersionedState } from './snapshot-file.ts';
import type { FoldMark } from './snapshot-text.ts';

/** The two files put together, in memory. */
export interface CombinedState extends LoadedState {
  /** What a write of the snapshot must expect to find; undefined: no file. */
  version: string | undefined;
  /** The journal says something that the snapshot does not: serial is one more than in the file. */
  changed: boolean;
  /** How far the journal is folded in now. */
  folded: FoldMark | undefined;
  /** The journal file is there, whatever it holds. */
  journal: boolean;
  /** Bytes cut off the journal's end. */
  torn: number;
  /** Outdated dependencies that made a circle. */
  cut: { from: string; to: string }[];
}

/**
 * Reads snapshot and journal without the lock: when a run that holds it folds in between, reads again, so that both are of
 * one moment. Throws a PjError (3001–3008, 3021).
 */
export async function readFiles(
  snapshots: SnapshotFile,
  journalPath: string,
  pjVersion: string,
): Promise<CombinedState> {
  for (let attempt = 1; ; attempt += 1) {
    const stored = await snapshots.read();
    const bytes = await readBytes(journalPath);
    // Read before the journal, so a snapshot that is another one by now means that the two are of different moments.
    if (attempt < 5 && (await movedOn(snapshots.path, stored))) continue;
    const journal = bytes === undefined ? undefined : readJournalLines(bytes, journalPath, pjVersion);
    return { ...combine(stored, journal, snapshots.path, journalPath), journal: bytes !== undefined };
  }
}

async function movedOn(path: string, stored: VersionedState | undefined): Promise<boolean> {
  const start = await startOf(path);
  if (stored === undefined || start === undefined) return (stored === undefined) !== (start === undefined);
  // A file that somebody formatted anew says its checksum elsewhere; pj writes it first.
  return start.startsWith('{"checksum":"sha256:') && !start.includes(stored.version);
}

async function readBytes(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw ioError(error, 'read', path);
  }
}

/** Folds the journal into the snapshot in memory. Throws PJ3004, PJ3005, PJ3007, PJ3008 when they do not belong together. */
export function combine(
  stored: VersionedState | undefined,
  journal: JournalContent | undefined,
  path: string,
  journalPath: string,
): Omit<CombinedState, 'journal'> {
  const version = stored?.version;
  if (journal === undefined)
    return {
      snapshot: stored?.snapshot,
      pending: [],
      version,
      changed: false,
      folded: stored?.folded,
      torn: 0,
      cut: [],
    };
  const { header, entries, sequence } = journal;
  const snapshot = stored?.snapshot ?? emptySnapshot(header.lineage, header.pjVersion);
  const done = stored?.folded?.id === header.id ? stored.folded.sequence : undefined;
  if (stored === undefined && header.base > 0)
    throw new PjError('PJ3008', {
      path,
      what: `is a journal that goes on from serial ${header.base} (${journalPath})`,
    });
  if (done === undefined && header.lineage !== snapshot.lineage)
    throw new PjError('PJ3005', { path: journalPath, found: header.lineage, expected: snapshot.lineage });
  if (done === undefined && header.base !== snapshot.serial)
    throw new PjError('PJ3007', { path: journalPath, base: header.base, serial: snapshot.serial });
  const folding: Folding = { workloads: snapshot.workloads, pending: new Map<string, PendingIntent>() };
  const changed = foldEntries(folding, entries, done ?? 0, journalPath);
  const cut = changed ? cutCycles(snapshot.workloads) : [];
  if (changed) snapshot.serial += 1;
  const pending = [...folding.pending.values()];
  return { snapshot, pending, version, changed, folded: { id: header.id, sequence }, torn: journal.torn, cut };
}

/** Applies the entries after `done`; of those before only what is still pending counts. True when a record changed. */
function foldEntries(folding: Folding, entries: readonly JournalEntry[], done: number, path: string): boolean {
  // Applied to nothing: the snapshot has them already.
  const past: Folding = { workloads: Object.create(null) as Snapshot['workloads'], pending: folding.pending };
  let changed = false;
  entries.forEach((entry, index) => {
    if (index + 1 <= done) {
      const intent = entry.op === 'intent' && entry.before === undefined;
      applyEntry(past, intent ? { ...entry, before: folding.workloads[entry.step.workload] ?? null } : entry);
      return;
    }
    if (entry.op === 'outcome' || entry.op === 'put') {
      const problem = entry.record === null ? undefined : recordProblem(entry.id, entry.record);
      if (problem !== undefined) throw new PjError('PJ3004', { path, reason: `workload ${entry.id}: ${problem}` });
      changed ||= !equal(asJson(folding.workloads[entry.id]), asJson(entry.record ?? undefined));
    }
    changed ||= entry.op === 'move' && folding.workloads[entry.from] !== undefined;
    applyEntry(folding, entry);
  });
  return changed;
}

/** A state that was not there. */
export function emptySnapshot(lineage: string, pjVersion: string): Snapshot {
  return { version: 1, lineage, serial: 0, pjVersion, workloads: Object.create(null) as Snapshot['workloads'] };
}

const asJson = (record: WorkloadRecord | undefined): Json | undefined => record as unknown as Json | undefined;
