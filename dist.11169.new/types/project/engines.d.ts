import type { CallContext, Provider } from '../providers/contract.ts';
import { type ProviderOptions } from '../providers/registry.ts';
/** The providers that one run uses: each made when it is first needed, all closed at its end. */
export interface Engines {
    provider(name: string): Promise<Provider>;
    /** Closes every connection that was opened. Never throws: what was done is done. */
    close(): Promise<void>;
}
/** Engines for one run in a project. */
export declare function openEngines(options: ProviderOptions): Engines;
/** A call context for calls that nobody watches. */
export declare function quietly(signal: AbortSignal): CallContext;
