import { asPjError } from '../errors.ts';
import { type HostFacts, hostFacts } from '../os/host.ts';
import type { Unusable, Usable } from '../providers/contract.ts';
import { PROVIDERS } from '../providers/registry.ts';
import { quietly } from './engines.ts';
import type { Run } from './run.ts';

/** What this machine can run, and why not what it can't. */
export interface Diagnosis {
  host: HostFacts;
  providers: ({ provider: string } & (Usable | Unusable))[];
  state: { ok: boolean; message: string };
  descriptors: { ok: boolean; message: string };
}

/** Looks at the host, every provider's engine, the state and the descriptors. Changes nothing. */
export async function doctorRun(run: Run): Promise<Diagnosis> {
  const providers = await Promise.all(
    PROVIDERS.map(async (provider) => ({
      provider,
      ...(await run.engines
        .provider(provider)
        .then((one) => one.probe(quietly(run.signal)))
        // One that cannot even be asked does not keep the others from being told.
        .catch((error: unknown): Unusable => {
          const { message: reason, hint: install } = asPjError(error);
          return { usable: false, engine: provider, reason, install };
        })),
    })),
  );
  const state = await run.store.load().then(
    ({ snapshot, pending }) => ({
      ok: pending.length === 0,
      message:
        snapshot === undefined
          ? 'no state yet'
          : `serial ${snapshot.serial}, ${Object.keys(snapshot.workloads).length} workloads${pending.length > 0 ? `, ${pending.length} steps of a killed run to settle: run pj apply` : ''}`,
    }),
    (error: unknown) => ({ ok: false, message: error instanceof Error ? error.message : String(error) }),
  );
  const { errors, workloads } = run.loaded;
  return {
    host: hostFacts(),
    providers,
    state,
    descriptors: { ok: errors.length === 0, message: `${workloads.length} workloads, ${errors.length} errors` },
  };
}
