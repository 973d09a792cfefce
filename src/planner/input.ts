import type { Json, Pointer } from '../model/json.ts';
import type { Observed } from '../model/observed.ts';
import type { Orphan, PlanOptions, PlanWarning, SecretSource, UpdateClass } from '../model/plan.ts';
import type { Snapshot, WorkloadRecord } from '../model/record.ts';
import type { Spec } from '../model/spec.ts';
import type { Part } from '../model/template.ts';
import type { Workload } from '../model/workload.ts';

/** What planning needs to know of a provider; data and pure functions only. */
export interface ProviderRules {
  classify(
    path: Pointer,
    before: Json | undefined,
    after: Json | undefined,
    record?: WorkloadRecord,
    wanted?: Spec,
  ): { updateClass: UpdateClass; reason: string };
  sideBySide: boolean;
  pause: boolean;
  /** Why two generations of this workload cannot run side by side; undefined where they can. */
  apart?(before: Spec, after: Spec): string | undefined;
  /** What data goes with the destroy of an instance, for people. Absent: persistent volumes, where they go too. */
  dataIn?(spec: Spec, how: { replaced: boolean; destroyVolumes: boolean }): string[];
  /**
   * True when an attribute surely keeps its value through what is planned, so that who refers to it need not change. Absent:
   * an update keeps what no changed path names, a restart keeps what the spec declares, a replace keeps nothing.
   */
  keeps?(attribute: string, through: 'update' | 'restart' | 'replace', paths: readonly Pointer[]): boolean;
}

/** Everything a plan is made from. The same input gives the same plan, byte for byte. */
export interface PlannerInput {
  pjVersion: string;
  project: string;
  /** Leaves of the specs may be templates. */
  desired: readonly Workload[];
  snapshot: Snapshot | undefined;
  /** By workload id. A record without an observation (no refresh) counts as looking just as recorded. */
  observed: ReadonlyMap<string, Observed>;
  /** Ids whose last step was interrupted and which is not (yet) settled. */
  interrupted: ReadonlySet<string>;
  rules(provider: string): ProviderRules;
  sensitive: {
    lookup(part: Exclude<Part, string>): Json | undefined;
    digest(value: Json): string;
    keyId: string;
    sources: Record<string, SecretSource>;
  };
  moved: readonly { from: string; to: string }[];
  forget: readonly string[];
  /** What bears the project's marks and is in no state. Empty where nobody looked. */
  orphans: readonly Orphan[];
  warnings: readonly PlanWarning[];
  options: PlanOptions;
  /** sha256 hex of a text; given, since planning imports nothing. */
  sha256(text: string): string;
}
