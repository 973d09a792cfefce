/** Programs of the operating system that pj uses where they are there. */
export type ToolName = 'sh' | 'env' | 'setpriv' | 'prlimit' | 'bwrap' | 'unshare' | 'fallocate' | 'flock';
/** Absolute paths of those that are there. */
export type Tools = {
    [T in ToolName]?: string;
};
/** The Debian package of each. */
export declare const TOOL_PACKAGE: Record<ToolName, string>;
/** Looks for the tools in `path` (default: PATH) and then in the standard folders, which a user's PATH may lack. */
export declare function findTools(path?: string): Tools;
export type ResolvedCommand = {
    path: string;
    reason?: undefined;
} | {
    path?: undefined;
    reason: string;
};
/**
 * The program that a command means: an absolute path, one relative to `cwd` when there is a slash in it, else the first in the
 * folders of `path` that may be run. Gives the reason where there is none, that of a script whose interpreter is missing too.
 */
export declare function resolveCommand(command: string, { cwd, path }: {
    cwd: string;
    path: string;
}): ResolvedCommand;
