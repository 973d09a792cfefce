/** Where the agent of a project puts what is gone after a reboot. */
export interface RuntimeDir {
    /** Folder of this project alone, mode 0700. */
    dir: string;
    socket: string;
}
/** A project's own name in shared folders: 16 hex digits of the hash of its real path. */
export declare function projectHash(project: string): string;
/**
 * Where the agent's socket belongs: below XDG_RUNTIME_DIR when that is set and the path is short enough for a socket, else in a
 * folder of the user's own below the temporary directory. Creates nothing.
 */
export declare function runtimeDir(project: string, env: Record<string, string | undefined>, uid: number): RuntimeDir;
/**
 * Throws PJ5202 unless the folder is a real one (no symbolic link), belongs to this user and nobody else may enter it. Gives false
 * where there is none.
 */
export declare function verifyPrivate(dir: string, uid: number): boolean;
/** Makes the folder and the one above it with mode 0700, and verifies both. Throws PJ5202. */
export declare function makeRuntimeDir(dir: string, uid: number): void;
/** Removes the folder, and the one above it when no other project is in it. */
export declare function removeRuntimeDir(dir: string): void;
