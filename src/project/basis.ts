import type { Snapshot } from '../model/record.ts';
import type { LoadedState, LockInfo } from '../state/contract.ts';
import { previewRecovery, tellUnsettled } from '../state/recovery.ts';
import { quietly } from './engines.ts';
import { recoveryOf } from './find.ts';
import { observe } from './observe.ts';
import { findOrphans } from './orphans.ts';
import type { Basis } from './plan.ts';
import type { Run } from './run.ts';

/** The basis of a look that changes nothing: the state as recovery would leave it, and what the engines say. */
export async function previewBasis(run: Run, refresh: boolean): Promise<Basis> {
  let state = await run.store.load();
  if (state.pending.length > 0) {
    const holder = await run.store.holder();
    if (holder !== undefined) return busyBasis(run, state, holder, refresh);
    // Whoever was at work may have ended between the two looks, and has settled its steps then.
    state = await run.store.load();
  }
  const recovery = await previewRecovery(state, recoveryOf(run));
  tellUnsettled(recovery, run.emit);
  const { snapshot, unsettled } = recovery;
  const observed = await look(run, snapshot, refresh);
  const interrupted = new Set(unsettled.map(({ intent }) => intent.step.workload));
  const orphans = refresh ? await findOrphans(run, snapshot, interrupted) : [];
  return { snapshot, observed, interrupted, orphans };
}

/** Another run is at work: its steps under way are not interrupted ones, and what it does next cannot be told. */
async function busyBasis(run: Run, state: LoadedState, holder: LockInfo, refresh: boolean): Promise<Basis> {
  const busy = new Set(state.pending.map((intent) => intent.step.workload));
  run.emit({
    type: 'diagnostic',
    severity: 'warning',
    code: 'PJ6098',
    summary: `${holder.who} (pid ${holder.pid} on ${holder.host}) is at work here (${holder.operation}): what is shown may be out of date in a moment`,
    detail: `Under way: ${[...busy].sort().join(', ')}`,
  });
  const observed = await look(run, state.snapshot, refresh);
  return { snapshot: state.snapshot, observed, interrupted: new Set(), orphans: [] };
}

async function look(run: Run, snapshot: Snapshot | undefined, refresh: boolean): Promise<Basis['observed']> {
  return refresh ? observe(snapshot, run.engines, run.dir, quietly(run.signal), run.emit, run.clock) : new Map();
}
