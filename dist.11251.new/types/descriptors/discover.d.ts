import type { SourceFile } from './documents.ts';
import type { Report } from './problem.ts';
/** Largest file that is read as descriptors, in bytes. */
export declare const MAX_FILE: number;
export declare const PROJECT_FILE = "pj.yaml";
/** Which files below a project are not descriptors. */
export interface Exclusions {
    /** Globs of pj.yaml. */
    exclude: readonly string[];
    /** Absolute paths: variable files, sources of secrets. */
    files: ReadonlySet<string>;
}
/**
 * Every descriptor file below a project, read, in the order of their paths. Hidden ones, node_modules, what is excluded and other
 * projects (folders with a pj.yaml) are left out; links are followed, each folder once. What can't be read is reported.
 */
export declare function discover(dir: string, exclusions: Exclusions, report: Report): Promise<SourceFile[]>;
/** A file's text, UTF-8; undefined when it can't be read or is too large, which is reported. `path` is relative to `dir`. */
export declare function readSource(dir: string, path: string, report: Report): Promise<SourceFile | undefined>;
