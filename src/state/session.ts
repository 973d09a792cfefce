import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PjError } from '../errors.ts';
import type { Listener } from '../model/event.ts';
import { equal, type Json } from '../model/json.ts';
import { mayBecome } from '../model/lifecycle.ts';
import type { Step } from '../model/plan.ts';
import type { Snapshot, WorkloadRecord } from '../model/record.ts';
import { type Fault, ioError, replaceFile, syncFolder } from './atomic-file.ts';
import type { AuditLog } from './audit.ts';
import type { PendingIntent, StateSession } from './contract.ts';
import { cutCycles } from './dependency-graph.ts';
import { moveRecord, setRecord, settlePending } from './fold.ts';
import { problemIn, recordProblem } from './invariants.ts';
import { type Journal, journalText, openJournal } from './journal.ts';
import { JOURNAL_VERSION, type JournalEntry, type JournalHeader } from './journal-lines.ts';
import { type CombinedState, emptySnapshot } from './load.ts';
import type { Lock } from './lock.ts';
import type { SnapshotFile } from './snapshot-file.ts';

export interface SessionOptions {
  snapshots: SnapshotFile;
  journalPath: string;
  loaded: CombinedState;
  lock: Lock;
  audit: AuditLog;
  pjVersion: string;
  now: () => Date;
  /** A new name that nobody else has: lineages, ids of journals. */
  random: () => string;
  /** Bytes of journal after which it is folded while the run goes on. */
  journalLimit: number;
  fault: Fault;
  emit: Listener;
}

export interface LocalSession extends StateSession {
  /** Puts a whole other snapshot in the place of this one, at once and durable. Steps that were interrupted are given up. */
  replace(next: Snapshot): Promise<void>;
}

/** The session that `StateStore.open` gives; the lock is held. Whatever a killed run left in the journal is folded in first. */
export async function openSession(options: SessionOptions): Promise<LocalSession> {
  const { snapshots, journalPath, loaded, lock, pjVersion, now, random, fault, emit } = options;
  const snapshot = loaded.snapshot ?? emptySnapshot(random(), pjVersion);
  const { workloads } = snapshot;
  const pending = new Map(loaded.pending.map((intent) => [intent.step.id, intent]));
  let { version, folded } = loaded;
  /** Changes that are not in the snapshot file. */
  let changes = loaded.changed ? 1 : 0;
  /** Sequence number of a journal to which nothing was appended. */
  let fresh = -1;
  let closed = false;

  const newHeader = (): JournalHeader => {
    const { lineage, serial: base } = snapshot;
    return { op: 'header', version: JOURNAL_VERSION, id: random(), lineage, base, pjVersion, at: now().toISOString() };
  };

  /** Takes the place of the journal that is folded in: pending intents go over into a new one. */
  const freshJournal = async (): Promise<{ header: JournalHeader; carried: number | undefined }> => {
    const header = newHeader();
    fresh = pending.size === 0 ? -1 : pending.size;
    if (pending.size === 0) {
      await rm(journalPath, { force: true }).catch((error: unknown) => {
        throw ioError(error, 'remove', journalPath);
      });
      await syncFolder(dirname(journalPath));
      await fault('journal.removed');
      return { header, carried: undefined };
    }
    const entries = [...pending.values()].map((intent): JournalEntry => ({ op: 'intent', ...intent }));
    await replaceFile(journalPath, journalText(header, entries), { fault, point: 'journal.carried' });
    return { header, carried: entries.length };
  };

  const writeSnapshot = async (mark: typeof folded, given?: Snapshot): Promise<void> => {
    if (!(await lock.isMine())) throw new PjError('PJ3011', { what: 'its outcome is not in the state' });
    for (const { from, to } of cutCycles(workloads)) emit(outdated(from, to));
    const problem = problemIn(workloads);
    if (problem !== undefined) throw new PjError('PJ9001', { what: `the state to be written is wrong: ${problem}` });
    const next: Snapshot = given ?? { ...snapshot, serial: snapshot.serial + 1, pjVersion };
    const told = changes;
    version = await snapshots.write(next, mark, version);
    changes -= told;
    snapshot.serial = next.serial;
    snapshot.pjVersion = next.pjVersion;
    folded = mark;
  };

  const compact = async (): Promise<void> => {
    if (changes > 0) await writeSnapshot({ id: journal.id, sequence: journal.sequence });
    const { header, carried } = await freshJournal();
    journal.restart(header, carried);
  };

  for (const { from, to } of loaded.cut) emit(outdated(from, to));
  if (loaded.torn > 0)
    emit({
      type: 'log',
      level: 'debug',
      message: `cut ${loaded.torn} bytes that were being written to the journal when the last run was killed`,
    });
  if (changes > 0) {
    // Its serial counts the change already, as every reader was told.
    snapshot.serial -= 1;
    await writeSnapshot(folded);
  }
  const start = loaded.journal ? await freshJournal() : { header: newHeader(), carried: undefined };
  const journal: Journal = openJournal({ path: journalPath, ...start, fault, limit: options.journalLimit, compact });

  /** What the journal says goes into the snapshot; the journal goes. */
  const fold = async (): Promise<void> => {
    await journal.idle();
    const wrote = journal.sequence > fresh;
    if (changes > 0) await writeSnapshot(wrote ? { id: journal.id, sequence: journal.sequence } : folded);
    if (wrote) await freshJournal();
  };

  const mustBeOpen = (): void => {
    if (closed) throw new PjError('PJ9001', { what: 'the state was used after it was closed' });
  };

  return {
    snapshot,
    get pending() {
      return [...pending.values()];
    },

    async intent(intent) {
      mustBeOpen();
      const { step, before } = intent;
      const full: PendingIntent = { ...intent, at: now().toISOString() };
      const { before: _, ...rest } = full;
      const known = equal(asJson(before), asJson(workloads[step.workload] ?? null));
      const earlier = pending.get(step.id);
      pending.set(step.id, full);
      try {
        await journal.append({ op: 'intent', ...(known ? rest : full) });
      } catch (error) {
        // Not told, so not to be started: nothing is pending.
        if (pending.get(step.id) === full) pending.delete(step.id);
        if (earlier !== undefined) pending.set(step.id, earlier);
        throw error;
      }
    },

    async outcome(step, { ok, record }) {
      mustBeOpen();
      const previous = workloads[step.workload];
      check(step.workload, record);
      if (previous !== undefined && record !== null) checkTransition(step, previous, record);
      if (!equal(asJson(previous), asJson(record ?? undefined))) changes += 1;
      setRecord(workloads, step.workload, record);
      settlePending(pending, step.workload, step.generation);
      await journal.append(outcomeEntry(step, ok, record));
    },

    async put(id, record) {
      mustBeOpen();
      check(id, record);
      const previous = workloads[id];
      const forgotten = record === null ? [...pending].filter(([, { step }]) => step.workload === id) : [];
      const change = equal(asJson(previous), asJson(record ?? undefined)) ? 0 : 1;
      changes += change;
      setRecord(workloads, id, record);
      for (const [step] of forgotten) pending.delete(step);
      try {
        await journal.append({ op: 'put', id, record });
      } catch (error) {
        changes -= change;
        if (workloads[id] === (record ?? undefined)) setRecord(workloads, id, previous ?? null);
        for (const [step, intent] of forgotten) pending.set(step, intent);
        throw error;
      }
    },

    async move(from, to) {
      mustBeOpen();
      if (workloads[from] === undefined) throw new PjError('PJ3050', { id: from });
      if (workloads[to] !== undefined) throw new PjError('PJ3051', { from, to });
      for (const { step } of pending.values())
        if (step.workload === from || step.workload === to)
          throw new PjError('PJ3052', { id: step.workload, step: step.id });
      const saved = { ...workloads };
      const at = now().toISOString();
      moveRecord(workloads, from, to, at);
      const moved = { ...workloads };
      changes += 1;
      try {
        await journal.append({ op: 'move', from, to, at });
      } catch (error) {
        changes -= 1;
        for (const id of new Set([...Object.keys(saved), to]))
          if (workloads[id] === moved[id]) setRecord(workloads, id, saved[id] ?? null);
        throw error;
      }
    },

    audit: (entry) => options.audit.append(entry),

    async replace(next) {
      mustBeOpen();
      for (const { step } of [...pending.values()]) {
        pending.delete(step.id);
        await journal.append(outcomeEntry(step, false, workloads[step.workload] ?? null));
      }
      await journal.idle();
      for (const id of Object.keys(workloads)) delete workloads[id];
      Object.assign(workloads, next.workloads);
      Object.assign(snapshot, { lineage: next.lineage });
      const mark = journal.sequence > fresh ? { id: journal.id, sequence: journal.sequence } : folded;
      await writeSnapshot(mark, next);
    },

    async close() {
      if (closed) return;
      closed = true;
      // Whatever fails the lock is given back, and the first error is the one to tell.
      const errors: unknown[] = [];
      for (const part of [fold, async () => journal.close(), () => lock.release()]) {
        await part().catch((error: unknown) => errors.push(error));
      }
      if (errors.length > 0) throw errors[0];
    },
  };
}

const asJson = (record: WorkloadRecord | null | undefined): Json | undefined => record as unknown as Json | undefined;

function outcomeEntry(step: Step, ok: boolean, record: WorkloadRecord | null): JournalEntry {
  return { op: 'outcome', step: step.id, id: step.workload, generation: step.generation, ok, record };
}

function outdated(from: string, to: string): Parameters<Listener>[0] {
  const message = `${from} depended on ${to}, and ${to} on ${from} by now: the older dependency was dropped from the state`;
  return { type: 'log', level: 'warn', message, workload: from };
}

function check(id: string, record: WorkloadRecord | null): void {
  const problem = record === null ? undefined : recordProblem(id, record);
  if (problem !== undefined) throw new PjError('PJ9001', { what: `the record of ${id} is wrong: ${problem}` });
}

/**
 * Refuses what the table of the lifecycle does not allow for one instance. A step passes a busy state on its way: start goes
 * through STARTING, stop through STOPPING. Another generation, and one that is made anew, begins its own life.
 */
function checkTransition(step: Step, previous: WorkloadRecord, next: WorkloadRecord): void {
  if (step.action === 'create' || previous.generation !== next.generation) return;
  const [from, to] = [previous.state, next.state];
  if (mayBecome(from, to)) return;
  for (const busy of ['STARTING', 'STOPPING'] as const) if (mayBecome(from, busy) && mayBecome(busy, to)) return;
  throw new PjError('PJ9001', { what: `${step.id}: ${previous.id} may not go from ${from} to ${to}` });
}
