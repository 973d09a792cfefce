import { type Fault } from './atomic-file.ts';
import { type JournalEntry, type JournalHeader } from './journal-lines.ts';
/** The journal of one run, open for append. */
export interface Journal {
    readonly id: string;
    /** Sequence number of the last line written. */
    readonly sequence: number;
    /**
     * Durable when it resolves; calls made while an fsync is under way share the next one. The entry is turned into text at
     * once, so it may be changed afterwards. Once one append has failed all fail: what is on disk then is whole, and nothing may be started that could not be told.
     */
    append(entry: JournalEntry): Promise<void>;
    /** Goes on in a new file, as openJournal says of `header` and `carried`. What waits to be written goes there. */
    restart(header: JournalHeader, carried: number | undefined): void;
    /** Resolves when nothing is being written any more. Never rejects: whoever appended was told. */
    idle(): Promise<void>;
    /** Closes the file, which stays. */
    close(): void;
}
/** The text of a journal that holds only a header and these entries: the intents that could not be settled. */
export declare function journalText(header: JournalHeader, entries: readonly JournalEntry[]): string;
/**
 * A journal at `path`. `carried` undefined: the file is made with the first append (and must not be there); else it is there
 * with a header and that many entries. When it has grown to `limit` bytes `compact` is called before the next line: it folds and restarts.
 */
export declare function openJournal(options: {
    path: string;
    header: JournalHeader;
    carried: number | undefined;
    fault: Fault;
    limit: number;
    compact(): Promise<void>;
}): Journal;
