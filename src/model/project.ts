import type { AgentConfig } from './awake.ts';
import type { SecretSource } from './plan.ts';
import type { Place } from './workload.ts';

export type VariableType = 'string' | 'number' | 'boolean' | 'list' | 'map' | 'any';

/** What pj.yaml says, normalised. */
export interface ProjectConfig {
  /** From pj.yaml, else the directory's name. */
  name: string;
  exclude: string[];
  variables: Record<
    string,
    { type: VariableType; default?: unknown; sensitive: boolean; description?: string; place?: Place }
  >;
  secrets: Record<string, SecretSource>;
  moved: { from: string; to: string }[];
  forget: string[];
  /** Steps at once, default 10. */
  parallelism?: number;
  agent?: AgentConfig;
}
