import type { Pointer } from './json.ts';
import type { Spec } from './spec.ts';

export const KINDS = ['vm', 'container', 'java', 'native', 'external', 'jvm', 'network', 'volume'] as const;
export type Kind = (typeof KINDS)[number];

/** What a dependency must have reached before the one that depends on it may start. */
export type Condition = 'started' | 'healthy' | 'completed';

export interface Dependency {
  id: string;
  condition: Condition;
  /** Absent from the project is fine. */
  optional: boolean;
  /** This workload restarts when that one is restarted or replaced. */
  restart: boolean;
  /** `reference`: made by a `${workload.ID.ATTR}`, or by using a network or a volume; `declared`: written under `dependencies`. */
  source: 'declared' | 'reference';
}

export interface Lifecycle {
  preventDestroy: boolean;
  createBeforeDestroy: boolean;
  /** Differences at or below these pointers (into the spec) are not planned. */
  ignoreChanges: Pointer[];
  /** A difference at or below one of these forces a replace. */
  replaceOn: Pointer[];
  /** A changed workload that fails to start or to become healthy goes back to its last good spec. */
  rollback: boolean;
}

export type DesiredState = 'running' | 'stopped' | 'paused';

/** A place in a descriptor file: path relative to the project, line and column from 1. */
export interface Place {
  file: string;
  line: number;
  column: number;
}

/** One thing that should run, normalised: both dialects, all defaults that matter to the graph, replicas expanded. */
export interface Workload {
  id: string;
  kind: Kind;
  /** The provider that makes it: `native`, `external`, `container`, `network`, `volume`, `vm`, `java`, `jvm`. */
  provider: string;
  /** Sorted by id, one entry an id. */
  dependencies: Dependency[];
  desiredState: DesiredState;
  lifecycle: Lifecycle;
  /** What the engine is asked for: only what the user set, in base units; leaves may be templates. */
  spec: Spec;
  /** Where the descriptor stands. Not part of what is compared. */
  place?: Place;
}

export const DEFAULT_LIFECYCLE: Lifecycle = {
  preventDestroy: false,
  createBeforeDestroy: false,
  ignoreChanges: [],
  replaceOn: [],
  rollback: false,
};
