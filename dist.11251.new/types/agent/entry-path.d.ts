/** The agent's program: beside the bundle that this is in; run from source, what the last build left. */
export declare function defaultAgentEntry(): string;
