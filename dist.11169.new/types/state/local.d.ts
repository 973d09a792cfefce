import { type Fault } from './atomic-file.ts';
import type { StateStore } from './contract.ts';
import { type LocalSession } from './session.ts';
export interface LocalStoreOptions {
    /** The project's folder; the state lies in `.pj` below it. */
    dir: string;
    pjVersion: string;
    /** @default the real time */
    now?: () => Date;
    /** Names that nobody else has. @default random UUIDs */
    random?: () => string;
    /** Who is told in locks and audit. @default the user's name */
    who?: string;
    /** Older snapshots that are kept. @default 10 */
    generations?: number;
    /** Bytes of journal after which it is folded in the middle of a run. @default 64 MiB */
    journalLimit?: number;
    /** Called between the system calls. @default crashPoint */
    fault?: Fault;
}
/** The local store, and what a backend of files can do beyond the port. */
export interface LocalStore extends StateStore {
    /** `.pj` of the project. */
    readonly folder: string;
    open(request: OpenRequest): Promise<LocalSession>;
}
type OpenRequest = Parameters<StateStore['open']>[0];
/** The state of a project in files below `.pj` (0700, files 0600). Nothing is made before `open`. */
export declare function localStore(options: LocalStoreOptions): LocalStore;
export {};
