import type { Json } from '../model/json.ts';
import { type SourceDocument, type SourceFile } from './documents.ts';
import type { Report } from './problem.ts';
/** A document and its value; the syntax tree is not kept. */
export interface ParsedDocument {
    source: SourceDocument;
    value: Json;
}
/**
 * The values of all documents of these files, in order; empty documents are left out. What cannot be read is reported and left out.
 * The YAML library is loaded only when a document needs it.
 */
export declare function parseFiles(files: readonly SourceFile[], report: Report): Promise<ParsedDocument[]>;
