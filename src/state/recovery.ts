import { asPjError, PjError } from '../errors.ts';
import type { Listener } from '../model/event.ts';
import type { JsonObject } from '../model/json.ts';
import type { Identity, Snapshot } from '../model/record.ts';
import type { LoadedState, PendingIntent, StateSession } from './contract.ts';
import { type FoundInstance, leavesTrace, type Settlement, settle } from './settle.ts';

/** What recovery needs from outside. */
export interface RecoveryOptions {
  /** The project's name, a part of every identity. */
  project: string;
  /** Asks the engine behind a provider for what bears this identity: `provider.find`. Throws when the engine cannot be asked. */
  find(provider: string, identity: Identity, handle: JsonObject | null): Promise<FoundInstance | undefined>;
  now(): Date;
}

/** What became of the steps that a killed run left without an outcome. */
export interface Recovery {
  settled: { intent: PendingIntent; settlement: Settlement }[];
  /** Their engine could not be asked; they stay in the journal. */
  unsettled: { intent: PendingIntent; error: PjError }[];
}

/** Engines asked at once. */
const AT_ONCE = 16;

/**
 * Settles every interrupted step: the engine is asked whether it happened, and the answer goes into the state, durable when
 * this resolves. A step whose engine cannot be asked stays pending and is told as a warning (PJ3041). Throws only when the state cannot be written.
 */
export async function recover(session: StateSession, options: RecoveryOptions, emit: Listener): Promise<Recovery> {
  const recovery = await look(session.pending, session.snapshot.lineage, options);
  for (const { intent, settlement } of recovery.settled) {
    const { step } = intent;
    await session.outcome(step, {
      ok: settlement.verdict === 'done' || settlement.verdict === 'adopted',
      record: settlement.record,
    });
    const detail = `${step.id}: ${settlement.detail}`;
    emit({ type: 'recovered', workload: step.workload, action: step.action, verdict: settlement.verdict, detail });
  }
  tellUnsettled(recovery, emit);
  return recovery;
}

/**
 * What `recover` would do, for `pj plan`: the snapshot as it would be, and what was found. Writes nothing; the state given is
 * not changed. Only for a state that nobody is working on: while another run holds the lock, its steps under way look interrupted.
 */
export async function previewRecovery(
  loaded: LoadedState,
  options: RecoveryOptions,
): Promise<Recovery & { snapshot: Snapshot | undefined }> {
  const { snapshot, pending } = loaded;
  if (snapshot === undefined || pending.length === 0) return { snapshot, settled: [], unsettled: [] };
  const recovery = await look(pending, snapshot.lineage, options);
  const workloads = Object.assign(Object.create(null) as Snapshot['workloads'], snapshot.workloads);
  for (const { intent, settlement } of recovery.settled) {
    if (settlement.record === null) delete workloads[intent.step.workload];
    else workloads[intent.step.workload] = settlement.record;
  }
  return { snapshot: { ...snapshot, workloads }, ...recovery };
}

/** Tells what could not be settled. */
export function tellUnsettled({ unsettled }: Recovery, emit: Listener): void {
  for (const { intent, error } of unsettled) {
    const { code, message: summary, hint: detail } = error;
    emit({ type: 'diagnostic', severity: 'warning', code, summary, detail, workload: intent.step.workload });
  }
}

async function look(pending: readonly PendingIntent[], lineage: string, options: RecoveryOptions): Promise<Recovery> {
  const at = options.now().toISOString();
  const recovery: Recovery = { settled: [], unsettled: [] };
  for (let from = 0; from < pending.length; from += AT_ONCE) {
    const some = pending.slice(from, from + AT_ONCE);
    const answers = await Promise.allSettled(some.map((intent) => ask(intent, lineage, options)));
    answers.forEach((answer, index) => {
      const intent = some[index];
      if (intent === undefined) return;
      if (answer.status === 'fulfilled')
        recovery.settled.push({ intent, settlement: settle(intent, answer.value, at) });
      else recovery.unsettled.push({ intent, error: unreachable(intent, answer.reason) });
    });
  }
  return recovery;
}

async function ask(
  intent: PendingIntent,
  lineage: string,
  options: RecoveryOptions,
): Promise<FoundInstance | undefined> {
  const { step } = intent;
  if (!leavesTrace(intent)) return undefined;
  const provider = providerOf(intent);
  if (provider === undefined) throw new PjError('PJ9001', { what: `${step.id} was journalled without a record` });
  const identity = { project: options.project, lineage, id: step.workload, generation: step.generation };
  return await options.find(provider, identity, handleOf(intent));
}

/** What the state had of the instance that the step acts on. */
function handleOf({ step, before }: PendingIntent): JsonObject | null {
  if (before?.generation === step.generation) return before.handle;
  return before?.deposed?.find((one) => one.generation === step.generation)?.handle ?? null;
}

/** The provider of the instance that the step acts on, which a deposed one has of its own. */
function providerOf({ step, before, after }: PendingIntent): string | undefined {
  const deposed = [before, after].flatMap((record) => record?.deposed ?? []);
  const own = [after, before].find((record) => record?.generation === step.generation);
  return (
    own?.provider ?? deposed.find((one) => one.generation === step.generation)?.provider ?? (after ?? before)?.provider
  );
}

function unreachable(intent: PendingIntent, thrown: unknown): PjError {
  const cause = asPjError(thrown);
  return new PjError('PJ3041', { step: intent.step.id, reason: cause.message }, { cause });
}
