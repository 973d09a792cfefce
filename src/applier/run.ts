import type { PjError } from '../errors.ts';
import type { PlannedWorkload, Step, WorkloadChange } from '../model/plan.ts';
import type { WorkloadRecord } from '../model/record.ts';
import type { Calls } from './calls.ts';
import type { ApplyInput } from './contract.ts';
import type { Resolved, ResolveFrom } from './resolve.ts';

/** What one apply holds while it runs. */
export interface Run {
  input: ApplyInput;
  calls: Calls;
  changes: ReadonlyMap<string, WorkloadChange>;
  /** The steps of each workload in plan order. */
  stepsOf: ReadonlyMap<string, readonly Step[]>;
  /** Every workload's record as it was before its first step; undefined: it had none. */
  originals: Map<string, WorkloadRecord | undefined>;
  /** Specs that were applied in this run, by `ID@GENERATION`: what was made is what is started. */
  resolved: Map<string, Resolved>;
  /** When each was started in this run, and how long its log files were then. */
  started: Map<string, { at: string; monotonic: number; logFrom: number[] }>;
  /** Ids of the steps that are done. */
  done: Set<string>;
  /** Aborted by Ctrl-C and by a journal that cannot be written: no new step starts, waits end. */
  halt: AbortController;
  /** What broke the journal. */
  broken: PjError | undefined;
}

/** What a step is to make of its workload: the plan's wish, or for a rollback the one before. */
export interface Wish {
  want: PlannedWorkload | undefined;
  /** Where digests in it come from, for the error. */
  madeWith: string;
  /** Part of a rollback: what it applies is not what the plan says. */
  rollback: boolean;
  /** The record that the step leaves when it succeeds, in place of what the step by itself would make of it. */
  becomes?: WorkloadRecord;
}

/** The record of a workload now. */
export function recordOf(run: Pick<Run, 'input'>, id: string): WorkloadRecord | undefined {
  const { workloads } = run.input.session.snapshot;
  return Object.hasOwn(workloads, id) ? workloads[id] : undefined;
}

/** What the plan wants of a workload. */
export function wishOf(run: Run, id: string): Wish {
  const { workloads } = run.input.plan;
  const want = Object.hasOwn(workloads, id) ? workloads[id] : undefined;
  return { want, madeWith: want === undefined ? 'the state' : 'the plan', rollback: false };
}

/** Where a spec's values come from at this moment of the run. */
export function resolveFrom(run: Run): ResolveFrom {
  const { values, session, observed } = run.input;
  return {
    values,
    workloads: session.snapshot.workloads,
    // What the run itself has touched is recorded later than it was observed.
    observed: (id) => (run.originals.has(id) ? undefined : observed?.get(id)?.attributes),
  };
}

/** A text without any sensitive value that is known. */
export function safely(run: Run, text: string): string {
  return run.input.values.redact(text);
}
