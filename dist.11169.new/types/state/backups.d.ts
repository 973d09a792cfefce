/** A backup that can be put back. */
export interface GoodBackup {
    path: string;
    serial: number;
    workloads: number;
}
/**
 * The name that the state file at `path` gets among the backups: when it was written, then its serial, so that names sort
 * by age. Makes the folder (0700). Undefined when there is no file to keep.
 */
export declare function backupName(backups: string, path: string): Promise<string | undefined>;
/** Removes all but the newest ones. */
export declare function keepNewest(backups: string, count: number): Promise<void>;
/** The newest backup that reads and verifies, or undefined. */
export declare function newestGoodBackup(backups: string, pjVersion: string): Promise<GoodBackup | undefined>;
/** The first 512 bytes of a state file: its checksum and serial stand there. Undefined when there is no file. */
export declare function startOf(path: string): Promise<string | undefined>;
