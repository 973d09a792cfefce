import type { Orphan, Sighting } from '../../agent/calls.ts';
/** What the registry and /proc say where no agent runs. Starts nothing and changes nothing. */
export declare function lookWithoutAgent(project: string): Sighting[];
/** Marked processes that no entry accounts for, where no agent runs. */
export declare function orphansWithoutAgent(project: string, name: string, lineage: string): Orphan[];
