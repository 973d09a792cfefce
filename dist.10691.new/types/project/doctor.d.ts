import { type HostFacts } from '../os/host.ts';
import type { Unusable, Usable } from '../providers/contract.ts';
import { type Run } from './run.ts';
/** What this machine can run, and why not what it can't. */
export interface Diagnosis {
    host: HostFacts;
    providers: ({
        provider: string;
    } & (Usable | Unusable))[];
    state: {
        ok: boolean;
        message: string;
    };
    descriptors: {
        ok: boolean;
        message: string;
    };
}
/** Looks at the host, every provider's engine, the state and the descriptors. Changes nothing. */
export declare function doctorRun(run: Run): Promise<Diagnosis>;
