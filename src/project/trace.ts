import { asPjError, PjError } from '../errors.ts';
import type { Listener } from '../model/event.ts';
import { planDigest } from '../state/plan-file.ts';
import { givenHeaders } from '../telemetry/headers.ts';
import { shownUrl, telemetrySettings } from '../telemetry/settings.ts';
import { hideInError, hideInEvent } from './hide.ts';
import type { Applied } from './options.ts';
import type { Run } from './run.ts';

/**
 * Does `work` and, where telemetry is on, tells a collector of it: a span for the run, one a step. What cannot be sent is one warning; the run's result is the same with
 * telemetry and without.
 */
export async function traced(run: Run, operation: string, work: (run: Run) => Promise<Applied>): Promise<Applied> {
  const env = run.options.env ?? process.env;
  const config = run.loaded.config.agent?.telemetry;
  // Nobody is asked for a secret that nothing is sent with.
  const sent = telemetrySettings(env, config)?.destinations.traces !== undefined;
  const given = sent ? await givenHeaders(config, { dir: run.dir, env, signal: run.signal }) : undefined;
  const settings = telemetrySettings(env, config, given);
  if (settings === undefined) return work(run);
  const to = settings.destinations.traces;
  for (const reason of settings.problems) warn(run.emit, new PjError('PJ5771', { reason }));
  if (to === undefined) return work(run);
  let trace: import('../telemetry/apply-trace.ts').ApplyTrace;
  try {
    const { traceApply } = await import('../telemetry/bundle.ts');
    trace = traceApply(to, { env, project: run.loaded.config.name }, operation);
  } catch (thrown) {
    warn(run.emit, new PjError('PJ5771', { reason: asPjError(thrown).message }, { cause: thrown }));
    return work(run);
  }
  const redact = run.values.redact;
  let digest: string | undefined;
  const emit: Listener = (event) => {
    if (event.type === 'plan_complete') digest = planDigest(event.plan);
    trace.hear(hideInEvent(event, redact));
    run.emit(event);
  };
  const finish = async (how: Parameters<typeof trace.end>[0]): Promise<void> => {
    const reason = await trace.end(how, digest);
    if (reason !== undefined) warn(run.emit, new PjError('PJ5770', { endpoint: shownUrl(to.url), reason }));
  };
  let applied: Applied;
  try {
    applied = await work({ ...run, emit });
  } catch (thrown) {
    const { code, message } = asPjError(hideInError(thrown, redact));
    await finish({ error: { code, message } });
    throw thrown;
  }
  await finish({ outcome: applied.outcome });
  return applied;
}

function warn(emit: Listener, { code, message: summary, hint: detail }: PjError): void {
  emit({ type: 'diagnostic', severity: 'warning', code, summary, detail });
}
