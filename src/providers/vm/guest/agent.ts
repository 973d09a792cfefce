import type { Json, JsonObject } from '../../../model/json.ts';

/** The way to qemu-guest-agent in one guest. */
export interface GuestAgent {
  /** Gives what the agent returns. Throws PJ5509 where it does not answer in time, or refuses. */
  ask(command: string, args: JsonObject, how: { timeoutMs: number; signal: AbortSignal }): Promise<Json>;
}
