import type { Identity } from '../model/record.ts';
import type { Spec, Volume } from '../model/spec.ts';
/** The name of a volume: its own, else made of its path; always good as the name of a folder. */
export declare function volumeName(volume: Volume): string;
/** Where a volume's data is. A persistent one is shared by all generations of the workload; an ephemeral one is of one instance. */
export declare function volumeDir(project: string, identity: Identity, volume: Volume): string;
/** What the process is told: PJ_VOLUME_NAME for each, name in capitals with `_` for all but letters and digits. */
export declare function volumeEnv(project: string, identity: Identity, spec: Spec): Record<string, string>;
/** Makes folders and links; what is there already is fine. `own` gives a folder to the user that the process runs as. Throws PJ5307. */
export declare function makeVolumes(project: string, identity: Identity, spec: Spec, 
/** Undefined: only folders, no links yet. */
workdir: string | undefined, own?: (path: string) => void): void;
/**
 * Removes the links and the ephemeral data of an instance; the persistent data too when `persistent` says so. Only links that still lead to
 * the volume are removed. `shared`: another instance of the workload is there, so what it uses stays.
 */
export declare function removeVolumes(project: string, identity: Identity, spec: Spec, workdir: string, options: {
    persistent: boolean;
    shared: boolean;
}): void;
/** The link in the working directory, for a volume whose path is relative. */
export declare function linkOf(volume: Volume, workdir: string): string | undefined;
