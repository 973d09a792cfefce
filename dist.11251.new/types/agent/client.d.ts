import { type Socket } from 'node:net';
import type { AgentInfo, Calls, Method } from './calls.ts';
/** A connection to the agent. Any number of calls may be under way. */
export declare class AgentClient {
    private readonly socket;
    private readonly waiting;
    private next;
    private ended;
    constructor(socket: Socket);
    /** False once the agent has gone. */
    get usable(): boolean;
    /** Throws what the agent throws, PJ5205 when it goes meanwhile, PJ5206 after `timeout` seconds, the signal's reason when that aborts. */
    call<M extends Method>(method: M, params: Calls[M]['params'], options?: {
        signal?: AbortSignal;
        timeout?: number;
    }): Promise<Calls[M]['result']>;
    close(): void;
    /** Only while an answer is awaited does the connection keep this process alive. */
    private hold;
}
/** Who connects. */
export interface Caller {
    project: string;
    env: Record<string, string | undefined>;
    /** Of pj. */
    version: string;
}
/**
 * A connection to the project's agent, greeted; undefined where none runs. Starts nothing and makes nothing.
 * Throws PJ5202 for a folder that is not this user's alone, PJ5204 for an agent of another protocol, PJ5207 for another user's, PJ5206.
 */
export declare function connectAgent(caller: Caller): Promise<{
    client: AgentClient;
    info: AgentInfo;
} | undefined>;
