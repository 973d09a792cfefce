import { setTimeout as sleep } from 'node:timers/promises';
import { asPjError, PjError } from '../errors.ts';
import type { Listener } from '../model/event.ts';
import { planDigest } from '../state/plan-file.ts';
import { givenHeaders } from '../telemetry/headers.ts';
import { type Environment, shownUrl, telemetrySettings } from '../telemetry/settings.ts';
import { hideInError, hideInEvent } from './hide.ts';
import type { Applied } from './options.ts';
import type { Run } from './run.ts';

/** How long the end of a run waits for headers that are not there by then. ms */
const LAST_HEADERS = 3_000;

/**
 * Does `work` and, where telemetry is on, tells a collector of it: a span for the run, one a step. What cannot be sent is one warning; the run's result is the same with
 * telemetry and without.
 */
export async function traced(run: Run, operation: string, work: (run: Run) => Promise<Applied>): Promise<Applied> {
  const env = run.options.env ?? process.env;
  const config = run.loaded.config.agent?.telemetry;
  const settings = telemetrySettings(env, config);
  if (settings === undefined) return work(run);
  const to = settings.destinations.traces;
  for (const reason of settings.problems) warn(run.emit, new PjError('PJ5771', { reason }));
  // Nobody is asked for a secret that nothing is sent with.
  if (to === undefined) return work(run);
  const asked = askHeaders(run, env);
  let trace: import('../telemetry/apply-trace.ts').ApplyTrace;
  try {
    const { traceApply } = await import('../telemetry/bundle.ts');
    trace = traceApply(to, { env, project: run.loaded.config.name }, operation, asked.headers);
  } catch (thrown) {
    asked.stop();
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
    const wanting = await asked.wanting();
    if (wanting.length > 0) {
      trace.drop();
      for (const reason of wanting) warn(run.emit, new PjError('PJ5771', { reason }));
      return;
    }
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

/** Asks the sources of headers beside the work: a vault that hangs must not keep what is to be done waiting. */
function askHeaders(run: Run, env: Environment) {
  const config = run.loaded.config.agent?.telemetry;
  // Not the run's own: the trace of one that is interrupted is sent too.
  const asking = new AbortController();
  const known = givenHeaders(config, { dir: run.dir, env, signal: asking.signal }).then((given) => {
    const settings = telemetrySettings(env, config, given);
    return { headers: settings?.destinations.traces?.headers, problems: settings?.problems ?? [] };
  });
  return {
    /** Fails where one cannot be had. */
    async headers(): Promise<Record<string, string>> {
      const { headers, problems } = await known;
      if (headers === undefined) throw new Error(problems.join('; '));
      return headers;
    },
    /** At the end of the work: why nothing can be sent; empty where it can. */
    async wanting(): Promise<string[]> {
      const late = sleep(LAST_HEADERS, undefined, { signal: asking.signal }).catch(() => undefined);
      const there = await Promise.race([known, late]);
      asking.abort();
      if (there === undefined)
        return [`a header of \`agent.telemetry\` was not there ${LAST_HEADERS / 1000} s after the end of the run`];
      return there.headers === undefined ? there.problems : [];
    },
    stop: () => asking.abort(),
  };
}

function warn(emit: Listener, { code, message: summary, hint: detail }: PjError): void {
  emit({ type: 'diagnostic', severity: 'warning', code, summary, detail });
}
