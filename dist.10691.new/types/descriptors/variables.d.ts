import { type Json } from '../model/json.ts';
import type { ProjectConfig } from '../model/project.ts';
import type { SourceDocument, SourceFile } from './documents.ts';
import { type Report } from './problem.ts';
/** Where variables are set from outside. */
export interface VariableSources {
    /** `--var NAME=VALUE`. */
    vars: Readonly<Record<string, string>>;
    /** `--var-file`; relative paths are relative to the project. */
    varFiles: readonly string[];
    env: Readonly<Record<string, string | undefined>>;
}
/** The environment variable that sets a variable. */
export declare function variableEnvName(name: string): string;
/**
 * The values of the declared variables: --var over --var-file (the last one first) over PJ_VAR_NAME over the default. A name that is set but
 * not declared, a value of another type and a variable without a value are reported; the latter have no entry.
 */
export declare function readVariables(dir: string, config: ProjectConfig, document: SourceDocument | undefined, sources: VariableSources, report: Report): Promise<{
    values: Map<string, Json>;
    files: SourceFile[];
}>;
