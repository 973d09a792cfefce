import type { Observed, ObservedStatus } from '../../../../model/observed.ts';
import type { WorkloadRecord } from '../../../../model/record.ts';
import { isJob, stopPolicy } from '../../../../model/spec.ts';
import { describeExit, signalNumber } from '../../../../os/process.ts';
import type { LastEvent } from './engine-events.ts';
import type { Inspected } from './inspect.ts';
import type { SeenContainer } from './seen-container.ts';

/** What the list says of a container that has not ended. */
export function statusOf({ state }: SeenContainer): ObservedStatus {
  if (state === 'running') return 'running';
  return state === 'paused' ? 'paused' : 'stopped';
}

/** How and when a container ended, and what that means for its workload. */
export function endOf(
  record: WorkloadRecord,
  seen: SeenContainer,
  { State, RestartCount }: Inspected,
  event: LastEvent | undefined,
): Pick<Observed, 'status' | 'since' | 'detail' | 'restarting' | 'restarts'> {
  const since = timeOf(State.FinishedAt);
  const status = endStatus(record, seen, State.ExitCode, event);
  const exit = `${describeExit(State.ExitCode, null)}${State.OOMKilled ? ', OOM-killed' : ''}`;
  const restarting = seen.state === 'restarting';
  // Between the list and this the engine may have begun: its exit code is 0 then.
  const begun = restarting && !State.Restarting;
  const byHand = status === 'stopped' && record.state !== 'STOPPED';
  const details = [
    ...(status === 'completed' || begun ? [] : [byHand ? `stopped by somebody (${exit})` : exit]),
    ...(State.Error === undefined || State.Error === '' ? [] : [State.Error]),
    ...(restarting ? [`the engine starts it again (restart ${RestartCount ?? 0})`] : []),
    ...(seen.state === 'removing' || seen.state === 'dead' ? ['its removal did not come to its end'] : []),
  ];
  return {
    status,
    ...(since === undefined ? {} : { since }),
    ...(details.length === 0 ? {} : { detail: details.join('; ') }),
    ...(RestartCount === undefined ? {} : { restarts: RestartCount }),
    ...(restarting ? { restarting } : {}),
  };
}

/** A service that ended by itself is dead however it ended; one that was told to end is stopped: by the engine's events, else by its exit code. */
function endStatus(
  { spec, state }: WorkloadRecord,
  seen: SeenContainer,
  code: number,
  event: LastEvent | undefined,
): ObservedStatus {
  if (isJob(spec) && code === 0) return 'completed';
  if (seen.state === 'restarting') return 'dead';
  if (state === 'STOPPED') return 'stopped';
  if (event?.ended !== undefined) return event.ended === 'told' ? 'stopped' : 'dead';
  return code === 128 + signalNumber(stopPolicy(spec).signal) && code !== 137 ? 'stopped' : 'dead';
}

/** An engine says year 1 for never. */
const timeOf = (text: string | undefined): string | undefined =>
  text === undefined || text.startsWith('0001-') ? undefined : text;
