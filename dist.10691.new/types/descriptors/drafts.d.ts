import { type JsonObject } from '../model/json.ts';
import { type Kind } from '../model/workload.ts';
import type { SourceDocument } from './documents.ts';
import type { ParsedDocument } from './parse.ts';
import { type Path, type Report } from './problem.ts';
import { type Names } from './substitute.ts';
/** A descriptor whose kind and id are known, in the native dialect, its other `${…}` still as written. */
export interface Draft {
    source: SourceDocument;
    kind: Kind;
    id: string;
    /** Undefined: it is one workload, called ID. */
    replicas: number | undefined;
    value: JsonObject;
    /** The path as written of a path in `value`. */
    written(path: Path): Path;
}
/** The draft of a document; undefined when it can't even be told which workload it is, which is reported. */
export declare function draftOf({ source, value: whole }: ParsedDocument, names: Names, report: Report): Draft | undefined;
