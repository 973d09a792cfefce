import type { RuntimeName } from '../../model/container-spec.ts';
import type { Snapshot } from '../../model/record.ts';
import type { CallContext, Provider, Unusable, Usable } from '../contract.ts';

/** What can be made on a container runtime; each is a kind of workload. */
export type ThingKind = 'container' | 'network' | 'volume';

/**
 * What one runtime does for one kind of thing; the kind's provider is put together from those of all runtimes (provider.ts), which sends each
 * call to the runtime that the handle names. The contract of every call is Provider's. Every handle has `runtime` in it.
 */
export type Things = Pick<
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
  | 'logFiles'
  | 'logs'
  | 'health'
  | 'exec'
  | 'sample'
  | 'places'
  | 'throttle'
  | 'adopt'
>;

/** One engine that runs containers. */
export interface Runtime {
  readonly name: RuntimeName;
  /** Whether it answers; what was tried, and what to install, where not. Asked once a run at most. */
  probe(context: CallContext): Promise<Usable | Unusable>;
  readonly things: Record<ThingKind, Things>;
  close(): Promise<void>;
}

/** What a runtime needs to know. */
export interface RuntimeOptions {
  /** Absolute path of the project: what relative paths in specs are relative to. */
  dir: string;
  /** The project's name. */
  project: string;
  /** The environment of whoever runs pj: DOCKER_HOST, CONTAINER_HOST and the like. */
  env: Record<string, string | undefined>;
  /** What the project's state holds: what names no runtime stays on the one that it was made on. Absent: nobody knows. */
  recorded?: () => Promise<Snapshot | undefined>;
}
