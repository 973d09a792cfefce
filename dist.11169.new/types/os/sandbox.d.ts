import type { JsonObject } from '../model/json.ts';
import { type ToolName, type Tools } from './tools.ts';
export { checkSecurity, type LaunchFinding, type LaunchSettings } from './sandbox-check.ts';
export { findTools, resolveCommand, type ToolName, type Tools } from './tools.ts';
/** How a process is to be started. All values are resolved: no templates. */
export interface LaunchRequest {
    /** Absolute path, or a name that PATH resolves in the workload's environment. */
    command: string;
    args: readonly string[];
    /** Name or number. */
    user?: string | undefined;
    /** Name or number; default the user's own. */
    group?: string | undefined;
    /** Octal, such as `027`. */
    umask?: string | undefined;
    /** Soft and hard limit both; -1 is unlimited. */
    rlimits?: Record<string, number> | undefined;
    security?: JsonObject | undefined;
    /** The cgroup.procs files of the groups to join, before anything of the workload runs. */
    cgroupProcs: readonly string[];
    /** Absolute. */
    workdir: string;
    /** Default: looked up in this process's PATH and the standard folders. */
    tools?: Tools | undefined;
}
export interface Launch {
    /** What to execute, without a shell. */
    argv: string[];
    /** The tools that are in it. */
    needs: ToolName[];
    /**
     * True when a bubblewrap process stays as the parent of the workload's own first process (mount and network namespaces):
     * it passes the exit code on, a death by signal as 128 + n.
     */
    monitored: boolean;
}
/** The security settings, named as systemd names them. */
export interface SecuritySettings {
    /** No setuid program and no file capability gives more rights than it has. Bubblewrap sets it always. */
    noNewPrivileges?: boolean;
    /** The capabilities that are kept; all others go, from the bounding set too. */
    capabilities?: string[];
    /** Everything is read-only but /dev, /proc, a private /tmp and `writablePaths`. */
    readOnlyRoot?: boolean;
    writablePaths?: string[];
    /** Only an own loopback interface. */
    privateNetwork?: boolean;
    /** Own empty /tmp and /var/tmp; the workdir, the command and writablePaths below them stay visible. */
    privateTmp?: boolean;
}
/**
 * The chain that starts a process as asked: sh (joins cgroups, umask) → bwrap (mounts, network) → prlimit → setpriv
 * (user, capabilities) → command; only the links that are needed, and the command alone where nothing is.
 * Throws PJ5061 for a tool that is missing and PJ5062 for a value that cannot be.
 */
export declare function buildLaunch(request: LaunchRequest): Launch;
/** The settings as they were checked; anything of another type was refused at plan. */
export declare function securityOf(security?: JsonObject): SecuritySettings;
/** True for a path below one of the folders that a private tmp hides. */
export declare const isInTmp: (path: string) => boolean;
