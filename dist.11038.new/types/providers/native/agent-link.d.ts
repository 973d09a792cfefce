import type { Calls, Method } from '../../agent/calls.ts';
import { type EnsureOptions } from '../../agent/ensure.ts';
/** The way to the project's agent, over one connection that is opened when it is needed. */
export interface AgentLink {
    /** Starts the agent if need be. */
    call<M extends Method>(method: M, params: Calls[M]['params'], options: {
        signal: AbortSignal;
        timeout?: number;
    }): Promise<Calls[M]['result']>;
    /** Undefined where no agent runs, or none that this pj can talk to. Starts none. */
    ask<M extends Method>(method: M, params: Calls[M]['params'], signal: AbortSignal): Promise<Calls[M]['result'] | undefined>;
    /** `endIdle`: an agent with nothing left to do is to end now, and is waited for. */
    close(endIdle: boolean): Promise<void>;
}
export declare function agentLink(options: EnsureOptions): AgentLink;
