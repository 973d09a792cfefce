/** One line of audit.ndjson. */
export interface AuditEntry {
    operation: string;
    planDigest?: string;
    result: string;
}
export interface AuditLog {
    /** Appends one line (0600). Throws a PjError when it cannot be written; the fsync after it is tried, not promised. */
    append(entry: AuditEntry): Promise<void>;
}
/** Who did what, when, to which plan, with what result: `path`, one JSON object a line. */
export declare function auditLog(options: {
    path: string;
    who: string;
    host: string;
    now: () => Date;
}): AuditLog;
