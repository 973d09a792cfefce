import type { Json, JsonObject } from '../../../model/json.ts';

/** The way to qemu-guest-agent in one guest. */
export interface GuestAgent {
  /** The workload, for errors. */
  readonly id: string;
  /** Gives what the agent returns. Throws PJ5509 where it does not answer in time, or refuses. */
  ask(command: string, args: JsonObject, how: { timeoutMs: number; signal: AbortSignal }): Promise<Json>;
}

/** How long an agent that is there takes for what needs no waiting. Milliseconds. */
export const ASK_MS = 5000;
