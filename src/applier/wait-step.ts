import { PjError } from '../errors.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { Step } from '../model/plan.ts';
import type { WorkloadRecord } from '../model/record.ts';
import type { Made } from '../providers/contract.ts';
import type { Instance } from './actions.ts';
import { type Passed, waitCompleted, waitHealthy } from './gate.ts';
import { withLastOutput } from './last-output.ts';
import { askEngine, fileSizes, logFilesFor } from './observe.ts';
import type { Resolved } from './resolve.ts';
import { type Run, safely } from './run.ts';

/** What the engine call left to be recorded. `kept`: nothing was done to the workload, only how it is could not be learnt. */
export type Came =
  | { how: 'done'; made: Partial<Made> | undefined }
  | { how: 'stopped' }
  | { how: 'failed' | 'unhealthy' | 'kept'; error: PjError };

/** What is started or waited for. */
interface Awaited {
  effect: { before: WorkloadRecord | undefined };
  resolved: Resolved | undefined;
  instance: Instance;
}

/** Notes when a workload is started and how long its logs are then, for the wait that follows. */
export async function noteStart(run: Run, step: Step, prepared: Awaited): Promise<void> {
  const { clock } = run.input;
  const record = prepared.effect.before;
  const logFrom =
    record === undefined
      ? []
      : await fileSizes(logFilesFor(await run.input.provider(prepared.instance.provider), record));
  run.started.set(step.workload, { at: clock.now().toISOString(), monotonic: clock.monotonic(), logFrom });
}

/** Waits for what a `wait` step names. Throws when the engine cannot be asked. */
export async function waitFor(run: Run, step: Step, prepared: Awaited): Promise<Came> {
  const record = prepared.effect.before;
  const { resolved } = prepared;
  if (record === undefined || resolved === undefined) {
    throw new PjError('PJ4011', { workload: step.workload, action: 'wait' });
  }
  const { clock, emit, probe } = run.input;
  const provider = await run.input.provider(prepared.instance.provider);
  const started = run.started.get(step.workload);
  const begun = clock.monotonic();
  const startedAt = started?.at ?? textOf(record.attributes['startedAt']);
  // What is known of it grows while it comes up: a machine has its address some seconds after its start.
  let known = record;
  const waiting = {
    id: step.workload,
    spec: resolved.spec,
    clock,
    startedAt: started?.monotonic ?? begun,
    stop: run.halt.signal,
    read: async () => {
      const observed = await askEngine(run, step, provider, record);
      known = { ...record, attributes: merged(record, observed.attributes) };
      return observed;
    },
    probe: (signal: AbortSignal) =>
      provider.health?.({ ...known, spec: resolved.recorded }, resolved.spec, { signal, progress: () => undefined }) ??
      probe(
        {
          id: step.workload,
          spec: resolved.spec,
          attributes: known.attributes,
          logFiles: logFilesFor(provider, known),
          ...(startedAt === undefined ? {} : { startedAt }),
          ...(started === undefined || resolved.spec.healthCheck?.type !== 'log' ? {} : { logFrom: started.logFrom }),
        },
        signal,
      ),
    say: (message: string) => {
      const elapsedMs = clock.monotonic() - begun;
      emit({ type: 'step_progress', step, message: safely(run, message), elapsedMs });
    },
  };
  try {
    const passed = step.condition === 'completed' ? await waitCompleted(waiting) : await waitHealthy(waiting);
    if (passed.how === 'passed' || passed.how === 'stopped') return cameOf(passed, record);
    const redact = (text: string): string => safely(run, text);
    const error = withLastOutput(passed.error, logFilesFor(provider, known), started?.logFrom, redact);
    return cameOf({ ...passed, error }, record);
  } catch (thrown) {
    // A wait changes nothing, so there is nothing to find out about one that was interrupted.
    if (run.input.abort.aborted && thrown instanceof PjError && thrown.code === 'PJ4007') return { how: 'stopped' };
    throw thrown;
  }
}

function cameOf(passed: Passed, record: WorkloadRecord): Came {
  switch (passed.how) {
    case 'passed': {
      // Its supervisor may have restarted it while it was waited for: what the engine says last is what is true.
      const { handle, attributes } = passed.observed;
      return { how: 'done', made: { handle: handle ?? record.handle ?? {}, attributes: merged(record, attributes) } };
    }
    case 'stopped':
      return passed;
    case 'died':
      return { how: 'failed', error: passed.error };
    case 'unhealthy':
      return { how: 'unhealthy', error: passed.error };
    default:
      return passed satisfies never;
  }
}

const merged = (record: WorkloadRecord, told: JsonObject): JsonObject => ({ ...record.attributes, ...told });

const textOf = (value: Json | undefined): string | undefined => (typeof value === 'string' ? value : undefined);
