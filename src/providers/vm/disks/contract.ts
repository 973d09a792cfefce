import type { CallContext, Finding } from '../../contract.ts';
import type { Machine } from '../machine.ts';

/** What is being done to whom, for errors. */
export interface Doing {
  action: string;
  id: string;
}

/** Storage pools of the connection that a machine is on; a runtime without a daemon has none. */
export interface Pools {
  /** Undefined where there is no such volume. Throws PJ5507 where there is no such pool. */
  volume(pool: string, volume: string, context: CallContext): Promise<PoolVolume | undefined>;
  /** Fails where one of that name is there. `backing`: absolute path of the backing file. */
  make(
    pool: string,
    volume: string,
    how: { size: number; format: string; backing?: { path: string; format: string } },
    context: CallContext,
  ): Promise<void>;
  grow(pool: string, volume: string, size: number, context: CallContext): Promise<void>;
  /** Its content is replaced by that file's. */
  upload(pool: string, volume: string, file: string, context: CallContext): Promise<void>;
  remove(pool: string, volume: string, context: CallContext): Promise<void>;
}

export interface PoolVolume {
  path: string;
  format: string;
  /** Bytes that the guest sees. */
  size: number;
}

/** Where the disks of a machine are. */
export interface DiskPlace {
  /** Absolute path of the project. */
  dir: string;
  /** False for a connection to another host: files of this one are not there. */
  local: boolean;
  /** The connection of libvirt. */
  uri?: string;
  pools?: Pools;
}

/** What a check of disks is told besides the machine. */
export interface Around {
  /** The machine as it is now: what it has already is not looked at again. */
  before?: Machine | undefined;
  /** The other machines of the project. */
  others?: readonly { id: string; machine: Machine }[];
}

/** The disks of machines: made where missing, never formatted or removed where pj has not made them. */
export interface Disks {
  /**
   * Makes those that are missing and grows those that are to be larger and that no guest uses. `before`: the machine as it is now; a disk of it that
   * pj made and that is gone is not made anew. Throws PJ5507, PJ5508.
   */
  make(machine: Machine, doing: Doing, context: CallContext, before?: Machine): Promise<void>;
  /** Removes those that the machine says how to make, that pj has made and that nobody has exchanged since. Throws PJ5507 for one that is in use. */
  remove(machine: Machine, doing: Doing, context: CallContext): Promise<void>;
  /** Takes over what is known of a machine's volumes at the connection that it has come from. */
  follow(machine: Machine, from: string): void;
  /** Takes away what a killed `make` left half-made for the machine with that uuid; what is whole stays. For a destroy that keeps disks. */
  tidy(uuid: string): void;
  /** What is wrong with the disks of a machine that is to be made or changed, or will be. `made`: it is there already, and uses them. */
  check(machine: Machine, made: boolean, context: CallContext, around?: Around): Promise<Finding[]>;
}
