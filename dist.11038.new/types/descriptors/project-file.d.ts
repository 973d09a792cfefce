import type { ProjectConfig } from '../model/project.ts';
import type { SourceDocument, SourceFile } from './documents.ts';
import type { Report } from './problem.ts';
/** A project file as read. */
export interface ReadProjectFile {
    config: ProjectConfig;
    /** Undefined where there is none. */
    document: SourceDocument | undefined;
    source: SourceFile | undefined;
}
/** Reads pj.yaml of a project; without one (or a broken one, which is reported) the defaults hold. */
export declare function readProjectFile(dir: string, report: Report): Promise<ReadProjectFile>;
