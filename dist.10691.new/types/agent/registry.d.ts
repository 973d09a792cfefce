import { type Entry } from './entry.ts';
/** The entries of a project on disk. Who writes is the agent alone; anybody of the project may read. */
export interface Registry {
    readonly dir: string;
    /** What is on disk. What cannot be read as an entry is set aside (renamed) only by the agent, and reported here. */
    load(): {
        entries: Entry[];
        broken: {
            path: string;
            reason: string;
        }[];
    };
    /** Whole or not at all. Throws PJ5209. */
    save(entry: Entry): void;
    remove(identity: {
        id: string;
        generation: number;
    }): void;
    /** Removes the folder when nothing is left in it. */
    tidy(): void;
}
/**
 * The registry of a project: one file an instance, mode 0600, each replaced atomically. Not fsynced: it only has to outlive the agent; after a
 * power cut no process of it is left anyway.
 */
export declare function openRegistry(project: string): Registry;
