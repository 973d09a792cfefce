import type { Built } from './build.ts';
import type { Report } from './problem.ts';
/** What the host has: cores and bytes. */
export interface HostFacts {
    cpus: number;
    memory: number;
}
/** Warns of quotas above what the host has. */
export declare function warnQuotas(all: readonly Built[], host: HostFacts, warn: Report): void;
/** Reports ports of the host that two workloads take which should both run. */
export declare function reportPortClashes(all: readonly Built[], report: Report): void;
