import type { Condition, Workload } from '../model/workload.ts';
import type { Draft } from './drafts.ts';
import type { Path, Report, Spot } from './problem.ts';
import { type Names } from './substitute.ts';
/** A dependency as written. */
export interface Edge {
    id: string;
    condition: Condition | undefined;
    optional: boolean;
    restart: boolean;
    source: 'declared' | 'reference';
    /** Path in the native dialect. */
    path: Path;
}
/** A workload without its dependencies resolved, and what is needed to resolve and check them. */
export interface Built {
    workload: Workload;
    edges: Edge[];
    draft: Draft;
    spot(path: Path, at?: 'key' | 'value'): Spot;
}
/** The workloads that a draft stands for; broken ones are reported and left out. */
export declare function build(draft: Draft, names: Names, report: Report): Built[];
