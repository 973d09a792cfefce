import type { Workload } from '../model/workload.ts';
import type { CallContext, Provider } from '../providers/contract.ts';
import { makeProvider, type ProviderOptions } from '../providers/registry.ts';

/** The providers that one run uses: each made when it is first needed, all closed at its end. */
export interface Engines {
  provider(name: string): Promise<Provider>;
  /** Closes every connection that was opened. Never throws: what was done is done. */
  close(): Promise<void>;
}

/** Engines for one run in a project. */
export function openEngines(options: ProviderOptions): Engines {
  const made = new Map<string, Promise<Provider>>();
  return {
    provider(name) {
      let provider = made.get(name);
      if (provider === undefined) {
        provider = makeProvider(name, options);
        made.set(name, provider);
      }
      return provider;
    },
    async close() {
      for (const provider of await Promise.allSettled(made.values())) {
        if (provider.status === 'fulfilled') await provider.value.close?.().catch(() => undefined);
      }
    },
  };
}

/** Lets providers connect to the engines of these workloads while the state is read. */
export function connectAhead(engines: Engines, workloads: readonly Workload[], signal: AbortSignal): void {
  for (const name of new Set(workloads.map(({ provider }) => provider))) {
    const own = workloads.filter(({ provider }) => provider === name);
    engines.provider(name).then(
      (provider) => provider.expect?.(own, quietly(signal)),
      // Whoever needs it hears why it cannot be had.
      () => undefined,
    );
  }
}

/** A call context for calls that nobody watches. */
export function quietly(signal: AbortSignal): CallContext {
  return { signal, progress: () => undefined };
}
