import type { Workload } from '../../model/workload.ts';
import type { Finding } from '../contract.ts';
/** What cannot be held or done on this host, for all workloads. What depends on a template is looked at when it is known. */
export declare function checkNative(workloads: readonly Workload[], project: string, env: Record<string, string | undefined>): Map<string, Finding[]>;
