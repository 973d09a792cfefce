import type { Spot } from './problem.ts';
type Yaml = typeof import('yaml');
/** A stretch of a file's text. */
export interface Range {
    offset: number;
    length: number;
}
/** Finds values in documents by parsing again those that something is wrong with; the last few stay parsed. */
export declare function makeLocator(yaml: Yaml): (spot: Spot) => Range;
/** The first line of a document that says something. */
export declare function contentRange(text: string): Range;
export {};
