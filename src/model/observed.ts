import type { Json, JsonObject, Pointer } from './json.ts';

/** `completed`: ran to its end with success. `dead`: ended otherwise. `gone`: the engine has nothing of this identity. */
export type ObservedStatus = 'running' | 'stopped' | 'paused' | 'completed' | 'dead' | 'gone';

/** What an engine says of one workload now. */
export interface Observed {
  id: string;
  status: ObservedStatus;
  /** By pointer into the spec: what reality has, for fields that the user set and the engine can tell. Absent: not told. */
  fields: Record<Pointer, Json>;
  /** As in the record; what the engine says now. */
  attributes: JsonObject;
  handle: JsonObject | null;
  /** When it came to this, where the engine knows: ISO 8601. */
  since?: string;
  /** Why, for people: `exited 137 (SIGKILL)`, `restarted by somebody else`. */
  detail?: string;
  /** It is down now, but its supervisor will start it again by itself. Only together with `dead`. */
  restarting?: boolean;
  /** Restarts by the supervisor since it was started. */
  restarts?: number;
}
