/** One YAML document of a file: a slice of its text. The text is not copied. */
export interface SourceDocument {
    file: SourceFile;
    /** Offsets into the file's text. */
    start: number;
    end: number;
    /** The line of `start`, from 1. */
    line: number;
}
export interface SourceFile {
    /** Relative to the project, with `/`. */
    path: string;
    text: string;
    json: boolean;
}
/**
 * The documents of a file. By YAML's rules a line that begins with `---` or `...` ends a document wherever it stands (no scalar may
 * hold one), so that no parser is needed to part them. A directive (`%YAML`) stays with the document that it stands before.
 */
export declare function splitDocuments(file: SourceFile): SourceDocument[];
/** The document's own text. */
export declare function textOf(document: SourceDocument): string;
/** The line, from 1, on which a document begins to say something; found without parsing. */
export declare function contentLine({ file, start, end, line }: SourceDocument): number;
