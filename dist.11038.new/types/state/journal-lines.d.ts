import type { Step } from '../model/plan.ts';
import type { WorkloadRecord } from '../model/record.ts';
/** The first line of every journal: which state it goes on from. */
export interface JournalHeader {
    op: 'header';
    version: 1;
    /** Of this journal file; a snapshot names the one that was folded into it. */
    id: string;
    lineage: string;
    /** Serial of the snapshot that this journal goes on from. */
    base: number;
    pjVersion: string;
    at: string;
}
/** What one line says. `before` absent: the record as the lines before this one leave it. */
export type JournalEntry = {
    op: 'intent';
    step: Step;
    before?: WorkloadRecord | null;
    after: WorkloadRecord | null;
    specDigest?: string;
    at: string;
} | {
    op: 'outcome';
    step: string;
    id: string;
    generation: number;
    ok: boolean;
    record: WorkloadRecord | null;
} | {
    op: 'put';
    id: string;
    record: WorkloadRecord | null;
} | {
    op: 'move';
    from: string;
    to: string;
    at: string;
};
export interface JournalContent {
    header: JournalHeader;
    entries: JournalEntry[];
    /** Sequence number of the last whole line; the header has 0. */
    sequence: number;
    /** Bytes at the end that were being written when the writer was killed. */
    torn: number;
}
export declare const JOURNAL_VERSION = 1;
/**
 * One line: `{"seq":…,"durable":…,"crc":"…",` and the content. `durable` is the sequence number that was safe on disk when
 * the line was written: it proves that no line up to that one may be missing, while a batch that was never acknowledged may be torn anywhere.
 */
export declare function journalLine(sequence: number, durable: number, content: string): string;
/**
 * Reads a journal. Undefined when not even its header was written whole (its writer was killed before anything was
 * acknowledged). Throws PJ3001 for a newer version and PJ3006 for damage before lines that prove that it was whole once.
 */
export declare function readJournalLines(bytes: Buffer, path: string, pjVersion: string): JournalContent | undefined;
