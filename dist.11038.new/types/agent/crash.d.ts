/**
 * A place where the crash test may kill the agent: with PJ_AGENT_CRASH_AT=N in its environment the agent dies by SIGKILL when it passes the
 * N-th such place. Without it this does nothing.
 */
export declare function crashPoint(name: string): void;
