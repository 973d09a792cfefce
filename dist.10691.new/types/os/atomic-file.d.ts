/**
 * Writes a file so that whoever opens `path` sees the old content or the new, never a part: a temporary file beside it, renamed.
 * `mode` (default 0o600) holds whatever the umask; `fsync` (default true) makes it survive a power cut. Throws PJ5071.
 */
export declare function writeFileAtomic(path: string, data: string | Uint8Array, { mode, fsync }?: {
    mode?: number;
    fsync?: boolean;
}): void;
/** Makes renames and new names in a folder survive a power cut. */
export declare function fsyncFolder(folder: string): void;
