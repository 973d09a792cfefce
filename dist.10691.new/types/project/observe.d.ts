import type { Listener } from '../model/event.ts';
import type { Observed } from '../model/observed.ts';
import type { Snapshot } from '../model/record.ts';
import type { CallContext } from '../providers/contract.ts';
import type { Engines } from './engines.ts';
/** What the engines say of every record, asked side by side, one call a provider. */
export declare function observe(snapshot: Snapshot | undefined, engines: Engines, context: CallContext, emit: Listener, clock: {
    monotonic(): number;
}): Promise<Map<string, Observed>>;
