import type { Verdict } from '../applier/contract.ts';
export interface HttpProbe {
    url: string;
    /** The status codes that count as healthy; default 200–399. Redirects are not followed. */
    expectedStatus: readonly number[] | undefined;
}
/** One GET on a connection of its own. The reason of a failure names the URL, without user and password. */
export declare function probeHttp(probe: HttpProbe, signal: AbortSignal): Promise<Verdict>;
