import { stat } from 'node:fs/promises';
import type { Observed } from '../model/observed.ts';
import type { Step } from '../model/plan.ts';
import type { WorkloadRecord } from '../model/record.ts';
import type { Provider } from '../providers/contract.ts';
import { logFilesOf } from './gate.ts';
import type { Run } from './run.ts';

/** How long an engine may take to say how one workload is. Milliseconds. */
const READ_LIMIT = 30_000;

/** What the engine says of one workload now; `gone` where it says nothing. */
export async function askEngine(run: Run, step: Step, provider: Provider, record: WorkloadRecord): Promise<Observed> {
  const seen = await run.calls.call(step, { action: 'read', ms: READ_LIMIT }, (context) =>
    provider.read([record], context),
  );
  return (
    seen.find((one) => one.id === record.id) ?? {
      id: record.id,
      status: 'gone',
      fields: {},
      attributes: {},
      handle: null,
    }
  );
}

/** The files that a workload's output goes to, for a health check by log line. */
export function logFilesFor(provider: Provider, record: WorkloadRecord): string[] {
  return provider.logFiles?.(record) ?? logFilesOf(record.attributes);
}

/** How long each file is now, in bytes; 0 for one that is not there yet. */
export async function fileSizes(files: readonly string[]): Promise<number[]> {
  return await Promise.all(
    files.map((file) =>
      stat(file).then(
        (found) => found.size,
        () => 0,
      ),
    ),
  );
}
