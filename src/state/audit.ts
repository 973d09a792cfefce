import { type FileHandle, open } from 'node:fs/promises';
import { ioError } from './atomic-file.ts';

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
export function auditLog(options: { path: string; who: string; host: string; now: () => Date }): AuditLog {
  const { path, who, host, now } = options;
  return {
    async append({ operation, planDigest, result }) {
      const entry = { at: now().toISOString(), who, host, pid: process.pid, operation, planDigest, result };
      try {
        const handle = await open(path, 'a+', 0o600);
        try {
          await handle.appendFile(`${await lineBreak(handle)}${JSON.stringify(entry)}\n`);
          await handle.sync().catch(() => undefined);
        } finally {
          await handle.close();
        }
      } catch (error) {
        throw ioError(error, 'append to', path);
      }
    },
  };
}

/** A line break where the last writer was killed in its line, so that only that line is lost. */
async function lineBreak(handle: FileHandle): Promise<string> {
  const { size } = await handle.stat();
  if (size === 0) return '';
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] === 10 ? '' : '\n';
}
