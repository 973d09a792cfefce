import type { PjError } from '../errors.ts';
import type { Json } from '../model/json.ts';
import type { PlanWarning } from '../model/plan.ts';
import type { ProjectConfig } from '../model/project.ts';
import type { Workload } from '../model/workload.ts';
import { type HostFacts } from './host-checks.ts';
export interface LoadOptions {
    /** The project's directory. */
    dir: string;
    /** As `--var NAME=VALUE` sets them. */
    vars: Readonly<Record<string, string>>;
    /** As `--var-file` names them; relative paths are relative to the project. */
    varFiles: readonly string[];
    /** What `${env.NAME}` and `PJ_VAR_NAME` are read from. */
    env: Readonly<Record<string, string | undefined>>;
    /** For warnings of quotas that it can't hold. Cores and bytes. */
    host: HostFacts;
}
export interface LoadedProject {
    config: ProjectConfig;
    /** Sorted by id. Those with errors are missing: plan only when there are no errors. */
    workloads: Workload[];
    /** Everything that is wrong, sorted by place. */
    errors: PjError[];
    warnings: PlanWarning[];
    /** Text of every file that was read, by path relative to the project. */
    sources: Map<string, string>;
    /** Values of the sensitive variables, for SensitiveValues; never to be written down. */
    sensitiveVariables: Record<string, Json>;
}
/**
 * Reads a project: pj.yaml, variables and every descriptor, checked and normalised. What is wrong is in the result, all of it; only a bug
 * throws. It asks no engine and writes nothing.
 */
export declare function loadProject(options: LoadOptions): Promise<LoadedProject>;
