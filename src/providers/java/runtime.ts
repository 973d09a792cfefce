import type { CallContext, Provider, Unusable, Usable } from '../contract.ts';

export const JAVA_RUNTIMES = ['shared', 'own'] as const;
export type JavaRuntimeName = (typeof JAVA_RUNTIMES)[number];

/**
 * What one runtime does with Java applications; the provider is put together from both (provider.ts), which sends each call to the one that the handle
 * names, else the spec. The contract of every call is Provider's. Every handle has `runtime` and `instance` in it.
 */
export type Applications = Pick<
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
  | 'logFiles'
  | 'sample'
  | 'throttle'
  | 'places'
  | 'inside'
  | 'release'
  | 'watch'
>;

/** Where Java applications run. */
export interface JavaRuntime {
  readonly name: JavaRuntimeName;
  probe(context: CallContext): Promise<Usable | Unusable>;
  readonly applications: Applications;
  close(): Promise<void>;
}

/** What a runtime needs to know. */
export interface JavaOptions {
  /** Absolute path of the project, links resolved. */
  dir: string;
  /** The project's name. */
  project: string;
  /** The environment of whoever runs pj: JAVA_HOME, PATH. */
  env: Record<string, string | undefined>;
  pjVersion: string;
  /** The agent's program; default beside the bundle. */
  agentEntry?: string;
  /** Seconds without work after which the agent ends; default 30. */
  agentIdle?: number;
}
