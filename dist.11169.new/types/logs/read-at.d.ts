import { type Layout } from './layout.ts';
/** What stands at a place in a log. `gone`: it was rotated away (or emptied by hand); reading goes on at `next`. */
export type Read = {
    data: Buffer;
} | {
    gone: true;
    next: number;
} | {
    end: true;
};
/** Which files hold what, kept from one read to the next as long as no rotation has moved anything. */
export interface LayoutMemory {
    layout?: Layout | undefined;
}
/**
 * Reads up to `length` bytes at a position counted from the first byte ever logged, wherever they stand now. A rotation that
 * moves them meanwhile is noticed and the read is done anew. Throws PJ5081.
 */
export declare function readAt(path: string, position: number, length: number, memory?: LayoutMemory): Promise<Read>;
