import type { Snapshot } from '../../model/record.ts';
import type { VmRuntimeName } from '../../model/vm-spec.ts';
import type { CallContext, Provider, Unusable, Usable } from '../contract.ts';

/**
 * What one runtime does with virtual machines; the provider is put together from both (provider.ts), which sends each call to the one that the
 * handle names. The contract of every call is Provider's. Every handle has `runtime`, `name`, `uuid` and `folder` in it.
 */
export type Machines = Pick<
  Provider,
  | 'check'
  | 'find'
  | 'list'
  | 'read'
  | 'create'
  | 'start'
  | 'stop'
  | 'update'
  | 'destroy'
  | 'pause'
  | 'resume'
  | 'health'
  | 'exec'
  | 'console'
  | 'snapshots'
  | 'sample'
  | 'throttle'
  | 'places'
  | 'adopt'
  | 'release'
  | 'watch'
>;

/** One engine that runs virtual machines. */
export interface VmRuntime {
  readonly name: VmRuntimeName;
  /** Whether it answers, libvirt at that connection; what was tried, and what to install, where not. Asked once a run at most. */
  probe(context: CallContext, uri?: string): Promise<Usable | Unusable>;
  readonly machines: Machines;
  close(): Promise<void>;
}

/** What a runtime needs to know. */
export interface VmOptions {
  /** Absolute path of the project: what relative paths in specs are relative to. */
  dir: string;
  /** The project's name. */
  project: string;
  /** The environment of whoever runs pj: LIBVIRT_DEFAULT_URI and the like. */
  env: Record<string, string | undefined>;
  pjVersion: string;
  /** What the project's state holds: what names no runtime stays on the one that it was made on. Absent: nobody knows. */
  recorded?: () => Promise<Snapshot | undefined>;
}
