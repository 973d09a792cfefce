import { type ProcessIdentity } from '../os/identity.ts';
/** Where the running agent of a project can be reached, whatever environment it was started in. */
export interface Address {
    identity: ProcessIdentity;
    uid: number;
    socket: string;
}
/** Written by the agent once it listens. */
export declare function writeAddress(project: string, address: Address): void;
export declare function removeAddress(project: string): void;
/** The address of an agent that lives; undefined where none does. */
export declare function readAddress(project: string): Address | undefined;
