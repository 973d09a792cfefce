import type { Provider } from '../contract.ts';
/** What the native provider works in. */
export interface NativeOptions {
    /** Absolute path of the project, links resolved. */
    dir: string;
    /** The project's name. */
    project: string;
    env: Record<string, string | undefined>;
    pjVersion: string;
    /** The agent's program; default beside the bundle. PJ_AGENT_ENTRY in `env` overrides it. */
    agentEntry?: string;
    /** Seconds without work after which the agent ends; default 30. */
    agentIdle?: number;
}
/** Processes of this host, run by the project's agent. Reading needs no agent and starts none. */
export declare function nativeProvider(options: NativeOptions): Provider;
