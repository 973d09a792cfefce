import type { AgentInfo } from './calls.ts';
import { type AgentClient, type Caller } from './client.ts';
/** How an agent is started where none runs. */
export interface EnsureOptions extends Caller {
    /** The agent's program; PJ_AGENT_ENTRY in `env` overrides it. */
    agentEntry: string;
    /** Seconds without work after which it ends; default 30, 0 is never. */
    idle?: number;
    /** Seconds to wait until it answers, default 15. */
    deadline?: number;
    signal?: AbortSignal;
}
/**
 * A connection to the project's agent, which is started if need be, detached: it outlives this process. Throws PJ5201 with the end of its log
 * when it does not come up, PJ5203 when its program is not there, and what connectAgent throws.
 */
export declare function ensureAgent(options: EnsureOptions): Promise<{
    client: AgentClient;
    info: AgentInfo;
}>;
