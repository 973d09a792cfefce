/** What a code frame points at: line and column from 1, and how many characters are marked (default 1). */
export interface FrameTarget {
    line: number;
    column: number;
    length?: number;
}
/**
 * A piece of a source text with a caret under the place, two lines of context on each side. Lines of text, no colour,
 * no newline at the end. Long lines are cut around the place.
 */
export declare function codeFrame(text: string, target: FrameTarget): string;
