import type { AgentInfo } from './calls.ts';
import { type Caller } from './client.ts';
import { type EnsureOptions } from './ensure.ts';
/** Whether the project's agent runs. `unwatched`: instances that were left running (or to be restarted) and that nobody watches. */
export type AgentStatus = {
    running: true;
    info: AgentInfo;
} | {
    running: false;
    unwatched: string[];
};
/** Asks; starts nothing. Throws what connectAgent throws. */
export declare function agentStatus(caller: Caller): Promise<AgentStatus>;
/** Starts it where it does not run. */
export declare function startAgent(options: EnsureOptions): Promise<{
    info: AgentInfo;
    started: boolean;
}>;
/** Starts it only where it does not run and something is left that wants watching: after a kill or a reboot. Gives the keys that it took back. */
export declare function reviveAgent(options: EnsureOptions): Promise<string[]>;
/**
 * Ends the agent, of whatever version; workloads run on, and their keys are given. Resolves when it has gone. Throws PJ5206 when it does not
 * go within 15 s.
 */
export declare function stopAgent(caller: Caller): Promise<{
    stopped: boolean;
    left: string[];
}>;
/**
 * A systemd unit that starts the project's agent at boot, which then starts what ran before. Its end leaves workloads running
 * (KillMode=process). For root a system unit; else to be put below ~/.config/systemd/user.
 */
export declare function unitText(options: {
    project: string;
    node: string;
    agentEntry: string;
    version: string;
}): string;
