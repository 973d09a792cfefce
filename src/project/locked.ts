import { asPjError } from '../errors.ts';
import type { Listener } from '../model/event.ts';
import type { LocalStore } from '../state/local.ts';
import type { LocalSession } from '../state/session.ts';

/** What the state is locked for, and by whose leave. */
export interface Locking {
  store: LocalStore;
  /** As the lock and the audit name it. */
  operation: string;
  /** Seconds to wait for the lock. */
  lockTimeout: number;
  emit: Listener;
  signal: AbortSignal;
}

/** What the audit is to say of it, filled in while it runs. */
export interface Note {
  planDigest?: string;
  /** @default `ok` */
  result?: string;
}

/**
 * Runs `work` with the state locked, writes one line into the audit, and gives the lock back whatever happens. Throws what
 * opening throws (PJ3xxx), else the first error of work and closing: one that follows another is told as a diagnostic event, and so is an audit
 * that cannot be written, as neither changes what was done.
 */
export async function withLock<T>(
  { store, operation, lockTimeout, emit, signal }: Locking,
  work: (session: LocalSession, note: Note) => Promise<T>,
): Promise<T> {
  const session = await store.open({ operation, lockTimeout, emit, signal });
  const note: Note = {};
  let ended: { ok: true; value: T } | { ok: false; thrown: unknown };
  try {
    ended = { ok: true, value: await work(session, note) };
  } catch (thrown) {
    ended = { ok: false, thrown };
  }
  const result = ended.ok ? (note.result ?? 'ok') : `error ${asPjError(ended.thrown).code}`;
  try {
    await session.audit({ operation, ...note, result });
  } catch (thrown) {
    tell(emit, 'warning', 'the audit does not say what was done', thrown);
  }
  try {
    await session.close();
  } catch (thrown) {
    if (ended.ok) throw thrown;
    tell(emit, 'error', 'the state could not be closed', thrown);
  }
  if (!ended.ok) throw ended.thrown;
  return ended.value;
}

function tell(emit: Listener, severity: 'error' | 'warning', what: string, thrown: unknown): void {
  const { code, message, hint } = asPjError(thrown);
  emit({ type: 'diagnostic', severity, code, summary: `${what}: ${message}`, detail: hint });
}
