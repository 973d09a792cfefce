import type { CgroupHost } from '../os/cgroup.ts';
import type { Sighting } from './calls.ts';
import type { Binary, Entry } from './entry.ts';
/** Tells one content of a file from another by device, inode, size and time of change; null where the file is not there. */
export declare function stampOf(path: string): string | null;
/** The file that a command is started from, as it is now. */
export declare function binaryOf(path: string): Binary | null;
/** An entry checked against the kernel. Changes nothing. */
export declare function sight(entry: Entry, host: CgroupHost, watched: boolean): Sighting;
