/** Bytes of the longest line that is given in one piece; longer ones come in several. */
export declare const MAX_LINE: number;
export interface CursorLine {
    text: string;
    /** Position in the log right after the line. */
    end: number;
}
/** A place in one log that only goes forward, and the beginning of the line that it stands in. */
export declare class LogCursor {
    readonly path: string;
    /** The next byte to read, counted from the first ever. */
    position: number;
    private partial;
    private partialSize;
    private seen;
    private readonly memory;
    constructor(path: string, position: number);
    /** The lines that are complete now. Only what stands at or before `until` is read, where that is given. */
    lines(until?: number): AsyncGenerator<CursorLine>;
    /** What stands after the last newline; undefined when nothing does. */
    rest(): CursorLine | undefined;
    /** False when nothing can have come since the call before: two stats instead of a read. */
    mayHaveMore(): boolean;
    private split;
    /** Adds to the line that is being read; gives pieces of it when it gets too long. */
    private add;
    private take;
}
/** Where the last `count` lines begin, at `from` or after. A last line without newline counts. */
export declare function tailPosition(path: string, count: number, from: number): Promise<number>;
/** The beginning of the line that `position` stands in. */
export declare function lineStart(path: string, position: number): Promise<number>;
