import { healthProbe } from '../../../health/probe.ts';
import type { Json } from '../../../model/json.ts';
import type { WorkloadRecord } from '../../../model/record.ts';
import { DEFAULT_HEALTH, type Spec } from '../../../model/spec.ts';
import { leavesOf, partsOf } from '../../../model/template.ts';
import type { HealthVerdict } from '../../../providers/contract.ts';
import { baseEnvironment } from '../../environment.ts';
import { nameOf, redactorOf } from '../../secrecy.ts';
import type { Awake } from '../contract.ts';

/** What a probe gave. `unknown`: it cannot be made here, as a sensitive value is not known. */
export type Probed = HealthVerdict | { unknown: string };

/** More than its own timeout, should an engine not heed that. ms */
const MARGIN = 2_000;

/** Makes the same probes as an apply. */
export function openProber(awake: Awake): (record: WorkloadRecord) => Promise<Probed> {
  const probe = healthProbe({ dir: awake.project, env: baseEnvironment(process.env) });
  return async (record) => {
    const spec = awake.specOf?.(record) ?? record.spec;
    const redact = redactorOf(record.spec, spec);
    const provider = await awake.provider(record.provider);
    const lacking = lackingOf(record, spec);
    if (lacking.length > 0) return { unknown: lacking.join(', ') };
    const ms = (spec.healthCheck?.timeout ?? DEFAULT_HEALTH.timeout) * 1000;
    const signal = AbortSignal.timeout(ms + MARGIN);
    const asked = async (): Promise<HealthVerdict> => {
      const own = provider.health?.(record, spec, { signal, progress: () => undefined });
      if (own !== undefined) return own;
      const startedAt = record.attributes['startedAt'];
      return probe(
        {
          ...{
            id: record.id,
            spec,
            attributes: record.attributes,
            logFiles: provider.logFiles?.(record) ?? logsOf(record),
          },
          ...(typeof startedAt === 'string' ? { startedAt } : {}),
        },
        signal,
      );
    };
    const late = new Promise<HealthVerdict>((resolve) => {
      const reason = `the probe gave no answer within ${ms / 1000} s`;
      signal.addEventListener('abort', () => resolve({ healthy: false, reason }), { once: true });
    });
    try {
      const verdict = await Promise.race([asked(), late]);
      return verdict.healthy ? verdict : { healthy: false, reason: redact(verdict.reason) };
    } catch (thrown) {
      return { healthy: false, reason: redact(thrown instanceof Error ? thrown.message : String(thrown)) };
    }
  };
}

/** Names of the sensitive values that the probe needs and that are not known here. */
function lackingOf({ kind, handle }: WorkloadRecord, spec: Spec): string[] {
  const { type } = spec.healthCheck ?? {};
  // Its engine has the command, and runs it inside.
  if (kind === 'container' && handle?.['runtime'] !== 'lxc' && (type === 'exec' || type === 'engine')) return [];
  const needed: Json[] = [(spec.healthCheck ?? {}) as Json];
  if (type === 'exec' && kind !== 'container' && kind !== 'vm') needed.push(spec.env ?? {}, spec.properties ?? {});
  return [...new Set(needed.flatMap((one) => leavesOf(one)).map((leaf) => nameOf(partsOf(leaf))))].sort();
}

function logsOf({ attributes }: WorkloadRecord): string[] {
  const told = attributes['logFiles'];
  return Array.isArray(told) ? told.filter((one) => typeof one === 'string') : [];
}
