import type { Sighting } from '../../agent/calls.ts';
import { type Entry } from '../../agent/entry.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Observed } from '../../model/observed.ts';
import type { WorkloadRecord } from '../../model/record.ts';
import type { Found, Made } from '../contract.ts';
/**
 * What the state keeps of an instance: which one it is, which start of it, and from which file. Restarts by the agent change none of it, so
 * that they are no drift; the pid is an attribute.
 */
export declare function handleOf({ instance, run, identity, binary }: Entry): JsonObject;
/** What others may refer to, and what `pj status` shows. */
export declare function attributesOf({ entry, pid, alive }: Sighting, project: string): JsonObject;
export declare function madeOf(sighting: Sighting, project: string): Made;
export declare function foundOf(sighting: Sighting, project: string): Found;
/** One record as it is now. */
export declare function observedOf(record: WorkloadRecord, sighting: Sighting | undefined, project: string): Observed;
export declare function statusOf(entry: Entry, alive: boolean): Observed['status'];
