import type { Json, JsonObject, Pointer } from '../model/json.ts';
import type {
  Cause,
  ChangeAction,
  Orphan,
  PlanMode,
  PlanOptions,
  PlanSummary,
  StepAction,
  UpdateClass,
} from '../model/plan.ts';
import type { Condition, Kind } from '../model/workload.ts';

/** The nine tuples that Terraform knows; a foreign one makes readers reject the whole plan. */
export type Actions =
  | ['no-op']
  | ['create']
  | ['read']
  | ['update']
  | ['delete', 'create']
  | ['create', 'delete']
  | ['delete']
  | ['forget']
  | ['create', 'forget'];

/** Mirrors a value's shape with `true` at the leaves that are marked; where nothing is marked, `false`, `{}` or absent. */
export type Marks = boolean | Marks[] | { [key: string]: Marks };

/** What a change does to the values of one workload. */
export interface ChangeJson {
  actions: Actions;
  /** What is there now (reality, where it was found to differ from what was applied), `id` and the spec; null: nothing. */
  before: JsonObject | null;
  /** What will be; leaves that are known only after apply are left out (null inside lists); null: nothing. */
  after: JsonObject | null;
  after_unknown: Marks;
  /** Sensitive leaves hold the text `(sensitive value)` and are marked here; `false` where the side is null. */
  before_sensitive: Marks;
  after_sensitive: Marks;
  replace_paths?: (string | number)[][];
}

/** One difference, without its values: these stand in before and after. */
export interface DifferenceJson {
  path: Pointer;
  cause: Cause;
  update_class: UpdateClass;
  reason: string;
  /** What pj applied last, where reality (in `before`) has moved away from it. Never a sensitive value. */
  last_applied?: Json;
}

/** Short digests of sensitive leaves by pointer, long enough to tell apart those of one change. */
export interface Fingerprints {
  before: Record<Pointer, string>;
  after: Record<Pointer, string>;
}

/** What only pj knows of a change. */
export interface ChangePj {
  id: string;
  kind: Kind;
  provider: string;
  action: ChangeAction;
  /** The first is the one to show. */
  causes: Cause[];
  differences: DifferenceJson[];
  update_class?: UpdateClass;
  forced_by: Pointer[];
  /** Runs now and will not for a while. */
  downtime: boolean;
  data_loss: string[];
  steps: string[];
  fingerprints?: Fingerprints;
  previous_id?: string;
  refused?: { code: string; message: string };
}

/** What only pj knows of something that moved in reality. */
export interface DriftPj {
  id: string;
  kind: Kind;
  what: 'changed' | 'stopped' | 'gone';
  paths: Pointer[];
  since?: string;
  detail?: string;
  fingerprints?: Fingerprints;
}

interface ResourceJson<Extra> {
  address: string;
  previous_address?: string;
  mode: 'managed';
  type: string;
  name: string;
  provider_name: string;
  change: ChangeJson;
  action_reason?: ActionReason;
  pj: Extra;
}

export type ActionReason =
  | 'replace_because_cannot_update'
  | 'replace_because_tainted'
  | 'replace_by_request'
  | 'replace_by_triggers'
  | 'delete_because_no_resource_config';

export type ResourceChangeJson = ResourceJson<ChangePj>;
export type ResourceDriftJson = ResourceJson<DriftPj>;

/** One atomic step of the plan. */
export interface StepJson {
  id: string;
  workload: string;
  address: string;
  action: StepAction;
  generation: number;
  depends_on: string[];
  condition?: Exclude<Condition, 'started'>;
  /** Only the state is brought up to date; the engine is not called. */
  record_only?: true;
  cause: Cause;
  data_loss?: string[];
}

/** What happens to those who use the workloads. */
export interface Effects {
  /** Ids that restart. */
  restarts: string[];
  /** Ids that are down for a while for another reason than a restart. */
  goes_down: string[];
  /** Ids that run now and will not after. */
  stays_down: string[];
  loses_data: { id: string; what: string[] }[];
  refused: { id: string; code: string; message: string }[];
}

/** What only pj knows of a plan. */
export interface PlanPj {
  version: string;
  mode: PlanMode;
  project: string;
  lineage: string | null;
  serial: number;
  options: PlanOptions;
  summary: PlanSummary;
  effects: Effects;
  /** Ids of steps, by the earliest wave in which each could run. */
  waves: string[][];
  steps: StepJson[];
  moved: { from: string; to: string }[];
  orphans: (Orphan & { address: string })[];
  warnings: { code: string; message: string; workload?: string }[];
  /** sha256 of what was observed, by workload. */
  observed_digests: Record<string, string>;
  digest_key_id?: string;
}

/** A resource in planned_values and prior_state. */
export interface ResourceValues {
  address: string;
  mode: 'managed';
  type: string;
  name: string;
  provider_name: string;
  schema_version: 0;
  values: JsonObject;
  sensitive_values: Marks;
  depends_on?: string[];
}

export interface StateValues {
  root_module: { resources?: ResourceValues[] };
}

export interface ConfigurationResource {
  address: string;
  mode: 'managed';
  type: string;
  name: string;
  provider_config_key: string;
  expressions: Record<string, { constant_value: Json } | { references: string[] }>;
  schema_version: 0;
  depends_on?: string[];
}

export interface Configuration {
  provider_config?: Record<string, { name: string; full_name: string }>;
  root_module: { resources?: ConfigurationResource[]; variables?: Record<string, { sensitive: true }> };
}

/** A plan as programs read it: the shape of `terraform show -json`, format 1.2, and everything else under `pj`. */
export interface PlanJson {
  format_version: '1.2';
  /** The Terraform version whose shape this follows; pj's own version is `pj.version`. */
  terraform_version: string;
  variables?: Record<string, { value: string }>;
  planned_values: StateValues;
  resource_drift?: ResourceDriftJson[];
  resource_changes: ResourceChangeJson[];
  prior_state?: { format_version: '1.0'; terraform_version: string; values: StateValues };
  configuration: Configuration;
  relevant_attributes?: { resource: string; attribute: (string | number)[] }[];
  /** RFC 3339. */
  timestamp: string;
  /** False where there is nothing to do, or where a guard refuses it. */
  applyable: boolean;
  /** False where targets or excludes left something out. */
  complete: boolean;
  errored: false;
  pj: PlanPj;
}
