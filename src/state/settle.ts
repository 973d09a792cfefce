import type { JsonObject } from '../model/json.ts';
import type { Health, LifecycleState } from '../model/lifecycle.ts';
import type { ObservedStatus } from '../model/observed.ts';
import type { WorkloadRecord } from '../model/record.ts';
import { hasHealthCheck } from '../model/spec.ts';
import type { PendingIntent } from './contract.ts';

/** What the engine has under the identity of an interrupted step; a provider's `find` gives it. */
export interface FoundInstance {
  handle: JsonObject;
  attributes: JsonObject;
  status: ObservedStatus;
  /** False: its create did not come to its end. */
  whole: boolean;
  specDigest?: string;
}

/** `adopted`: it was made and is taken over. `cleaned`: it is half made or dead, the next plan removes it. */
export type SettleVerdict = 'adopted' | 'cleaned' | 'not-done' | 'done';

/** What became of an interrupted step. */
export interface Settlement {
  verdict: SettleVerdict;
  /** What the state is to say from now on; null: nothing of this workload. */
  record: WorkloadRecord | null;
  /** For people. */
  detail: string;
}

/** True when the engine has to be asked whether the step happened; waiting and forgetting leave no trace there. */
export function leavesTrace(intent: PendingIntent): boolean {
  const ofNobody = intent.before === null && intent.after === null;
  return !ofNobody && intent.step.action !== 'wait' && intent.step.action !== 'forget';
}

/** Settles an interrupted step by what was found. Pure. `at` becomes updatedAt of what changed. */
export function settle(intent: PendingIntent, found: FoundInstance | undefined, at: string): Settlement {
  const { step, before, after } = intent;
  const there = found === undefined || found.status === 'gone' ? undefined : found;
  // The record tells of its own generation only: what happened to a deposed instance changes nothing of its state.
  const own = (after ?? before)?.generation === step.generation;
  const done = (detail: string): Settlement => ({ verdict: 'done', record: stamped(after, at), detail });
  const notDone = (detail: string): Settlement => ({ verdict: 'not-done', record: before, detail });
  const took = (record: WorkloadRecord, verdict: SettleVerdict, detail: string, changes: Changes): Settlement => ({
    verdict,
    detail,
    record: there === undefined ? record : withFound(record, there, at, changes),
  });
  const half = (detail: string): Settlement => {
    const record = step.action === 'create' ? after : before;
    if (record === null || record.generation !== step.generation) return notDone(detail);
    const lastError = { code: 'PJ3040', message: `${step.id} was interrupted: ${detail}` };
    return took(record, 'cleaned', detail, { state: 'FAILED', health: 'none', lastError });
  };

  switch (step.action) {
    case 'wait':
      return notDone('it only waited');
    case 'forget':
      return notDone('the state still has it');

    case 'create':
      if (there === undefined || after === null) return notDone('the engine has nothing of it');
      if (!there.whole) return half('it is half made');
      if (differs(intent, there)) {
        // What bears this identity is the instance from before, or one of another spec.
        const old = before !== null && before.handle !== null && before.generation === step.generation;
        return old
          ? notDone('the engine has the one from before')
          : half('what the engine has was made from another spec');
      }
      return took(after, 'adopted', 'it was made', there.status === 'running' ? running(after) : { state: 'DEPLOYED' });

    case 'start':
    case 'resume':
      if (there === undefined || after === null) return notDone('the engine has nothing of it');
      if (!there.whole) return half('it is half made');
      if (!own) return there.status === 'running' ? done('it runs') : notDone('it does not run');
      switch (there.status) {
        case 'running':
          return took(after, 'done', 'it runs', running(after));
        case 'paused':
          return step.action === 'resume'
            ? notDone('it is still paused')
            : took(after, 'done', 'it was started', running(after));
        case 'completed':
          return took(after, 'done', 'it ran to its end', { state: 'STOPPED', health: 'none', completed: true });
        case 'dead':
          return half('it was started and has ended since');
        default:
          return notDone('it does not run');
      }

    case 'pause':
      if (there?.status !== 'paused' || after === null) return notDone('it is not paused');
      return own ? took(after, 'done', 'it is paused', { state: 'PAUSED' }) : done('it is paused');

    case 'stop':
      if (there?.status === 'running' || there?.status === 'paused') return notDone('it still runs');
      if (after === null || !own) return done('it does not run');
      return took({ ...after, health: 'none', updatedAt: at }, 'done', 'it does not run', {
        // FAILED: it was killed.
        state: after.state === 'FAILED' ? 'FAILED' : 'STOPPED',
        health: 'none',
      });

    case 'update': {
      if (there === undefined) return notDone('the engine has nothing of it');
      if (!there.whole) return half('it is half made');
      if (after !== null && own && intent.specDigest !== undefined && there.specDigest === intent.specDigest)
        return took(after, 'done', 'it has the new spec', runningOrNot(after, there.status));
      const message = `${step.id} was interrupted: whether any of it was done cannot be told`;
      const detail = 'it does not have the new spec';
      if (before === null) return notDone(detail);
      return {
        verdict: 'not-done',
        record: { ...before, lastError: { code: 'PJ3040', message }, updatedAt: at },
        detail,
      };
    }

    case 'destroy':
      if (before === null && after === null)
        return notDone('it was no part of the state: the next plan tells whether it is still there');
      if (there === undefined) return done('the engine has nothing of it any more');
      return there.whole ? notDone('it is still there') : half('it is half removed');
  }
}

type Changes = Partial<Pick<WorkloadRecord, 'state' | 'health' | 'completed' | 'lastError'>>;

function withFound(record: WorkloadRecord, found: FoundInstance, at: string, changes: Changes): WorkloadRecord {
  const { handle, attributes } = found;
  return { ...record, handle, attributes: { ...record.attributes, ...attributes }, updatedAt: at, ...changes };
}

function stamped(record: WorkloadRecord | null, at: string): WorkloadRecord | null {
  return record === null ? null : { ...record, updatedAt: at };
}

function running(record: WorkloadRecord): { state: LifecycleState; health: Health } {
  return { state: 'RUNNING', health: hasHealthCheck(record.spec) ? 'starting' : 'none' };
}

/** After an update in place it runs on; after one between stop and start it is stopped. */
function runningOrNot(record: WorkloadRecord, status: ObservedStatus): Changes {
  if (status === 'running') return record.state === 'RUNNING' ? { health: record.health } : running(record);
  if (status === 'paused') return { state: record.state === 'PAUSED' ? 'PAUSED' : 'RUNNING' };
  return record.state === 'RUNNING' || record.state === 'STARTING' ? { state: 'STOPPED', health: 'none' } : {};
}

/** Both digests are known, and differ. */
function differs(intent: PendingIntent, found: FoundInstance): boolean {
  return intent.specDigest !== undefined && found.specDigest !== undefined && found.specDigest !== intent.specDigest;
}
