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
  pools?: Pools;
}

/** The disks of machines: made where missing, never formatted or removed where pj has not made them. */
export interface Disks {
  /** Makes those that are missing and grows those that are to be larger and that no guest uses. Throws PJ5507, PJ5508. */
  make(machine: Machine, doing: Doing, context: CallContext): Promise<void>;
  /** Removes those that pj has made and that nobody has exchanged since. */
  remove(machine: Machine, doing: Doing, context: CallContext): Promise<void>;
  /** What is wrong with the disks of a machine that is to be made or changed, or will be. `made`: it is there already. */
  check(machine: Machine, made: boolean, context: CallContext): Promise<Finding[]>;
}
