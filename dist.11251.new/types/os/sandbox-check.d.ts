import type { Json, JsonObject, Pointer } from '../model/json.ts';
import { type Tools } from './tools.ts';
/** What cannot be done on this host; an error refuses the plan. The same shape as a provider's finding. */
export interface LaunchFinding {
    severity: 'error' | 'warning';
    /** Into the spec. */
    path: Pointer;
    message: string;
    hint?: string;
}
/** What else decides how a process is started. Templates may stand anywhere; they are looked at when they are known. */
export interface LaunchSettings {
    user?: Json | undefined;
    group?: Json | undefined;
    umask?: Json | undefined;
    rlimits?: Json | undefined;
    /** Absolute; relative writable paths are below it. */
    workdir?: string | undefined;
    /** Default: whether this process is root. */
    isRoot?: boolean | undefined;
}
/** Everything about `security`, user, group, umask and rlimits that this host cannot do, all at once. */
export declare function checkSecurity(security: JsonObject | undefined, tools: Tools, settings?: LaunchSettings): LaunchFinding[];
