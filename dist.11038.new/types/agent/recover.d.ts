import { type ProcessIdentity } from '../os/identity.ts';
import { type Entry } from './entry.ts';
import type { Supervisor } from './supervisor.ts';
/**
 * Takes back what an agent before this one had in its care. Every process is verified before it is believed; a start that was interrupted is
 * found by its token, and a left-over of one that was superseded is ended. Call before anybody may ask for anything.
 */
export declare function recover(supervisor: Supervisor): Promise<void>;
/** The first process of an interrupted start: the leader of its session among those with its token. */
export declare function processOf(entry: Entry, marked: ReadonlyMap<string, ProcessIdentity[]>): ProcessIdentity | undefined;
