import { PjError } from '../../../../errors.ts';
import type { WorkloadRecord } from '../../../../model/record.ts';
import type { Spec } from '../../../../model/spec.ts';
import type { CallContext, HealthVerdict } from '../../../contract.ts';
import type { ApiEngine, Doing } from '../connection/engine.ts';
import type { ContainerContext } from './containers.ts';
import { inspect } from './inspect.ts';

interface Health {
  Status?: string;
  FailingStreak?: number;
  Log?: { ExitCode?: number; Output?: string }[] | null;
}

/** Characters of a check's output that are shown. */
const SHOWN = 200;

/** What the check says that the engine runs. Podman runs none without systemd, so there each question runs it once. */
export function containerHealth({ open }: ContainerContext) {
  return async (record: WorkloadRecord, spec: Spec, context: CallContext): Promise<HealthVerdict> => {
    const engine = await open(context);
    const id = String(record.handle?.['id'] ?? '');
    const doing = { action: 'check', id: record.id };
    const inspected = await inspect(engine, id, doing, context);
    if (inspected === undefined) return { healthy: false, reason: 'it is gone' };
    if (!inspected.State.Running) return { healthy: false, reason: 'it does not run' };
    const none = checkOf(inspected.Config.Healthcheck) === undefined;
    if (none)
      return {
        healthy: false,
        reason:
          spec.healthCheck?.type === 'engine' ? 'its image has no health check' : 'it was made without a health check',
      };
    return verdictOf(engine.name === 'podman' ? await podmanCheck(engine, id, doing, context) : inspected.State.Health);
  };
}

function checkOf(check: { Test?: string[] | undefined } | undefined): string[] | undefined {
  const test = check?.Test ?? [];
  return test.length === 0 || test[0] === 'NONE' ? undefined : test;
}

async function podmanCheck(engine: ApiEngine, id: string, doing: Doing, context: CallContext): Promise<Health> {
  try {
    const path = `/libpod/containers/${id}/healthcheck`;
    const health = await engine.dial<Health>(doing, context, { method: 'GET', path });
    if (health.Status === 'healthy') return health;
    // What the check printed stands elsewhere.
    return (await inspect(engine, id, doing, context))?.State.Health ?? health;
  } catch (thrown) {
    // It has ended since it was looked at.
    if (thrown instanceof PjError && thrown.code === 'PJ5407') return { Status: String(thrown.details['reason']) };
    throw thrown;
  }
}

function verdictOf(health: Health | undefined): HealthVerdict {
  if (health?.Status === 'healthy') return { healthy: true };
  const last = health?.Log?.at(-1);
  const output = last?.Output?.trim().replace(/\s+/g, ' ').slice(0, SHOWN) ?? '';
  const exit = last?.ExitCode === undefined || last.ExitCode === 0 ? '' : `its check exited with ${last.ExitCode}`;
  const said = [exit, output].filter((part) => part !== '').join(': ');
  return { healthy: false, reason: said === '' ? `its check says ${health?.Status ?? 'nothing'}` : said };
}
