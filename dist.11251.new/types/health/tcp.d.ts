import type { Verdict } from '../applier/contract.ts';
/** Healthy when a connection can be made; it is closed at once. */
export declare function probeTcp(probe: {
    host: string;
    port: number;
}, signal: AbortSignal): Promise<Verdict>;
