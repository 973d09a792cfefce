import { open } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import type { ProbeRequest, Verdict } from '../applier/contract.ts';

/** Bytes that one probe reads of one file at most; the next probe goes on from there. */
const MAX_READ = 8 * 1024 * 1024;
const CHUNK = 64 * 1024;
/** A longer line is looked at in pieces of this many characters. */
const MAX_LINE = 16 * 1024;

interface Reading {
  /** Names the start that it belongs to. */
  run: string;
  found: boolean;
  files: Map<string, { offset: number; inode: number; rest: string; decoder: StringDecoder }>;
}

/**
 * Looks for a line that matches a pattern in what a workload has written since its last start. Each probe reads on from where
 * the one before stopped; once found it stays found until the next start.
 */
export function logWatch(): (request: ProbeRequest, pattern: string) => Promise<Verdict> {
  const readings = new Map<string, Reading>();
  return async (request, pattern) => {
    const failed = (reason: string): Verdict => ({ healthy: false, reason });
    let regexp: RegExp;
    try {
      regexp = new RegExp(pattern);
    } catch (thrown) {
      return failed(
        `the pattern /${pattern}/ is not valid: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      );
    }
    if (request.logFiles.length === 0) return failed('there is no log to look for the pattern in');
    const run = JSON.stringify([request.startedAt, request.logFrom, pattern]);
    let reading = readings.get(request.id);
    if (reading === undefined || reading.run !== run) {
      reading = { run, found: false, files: new Map() };
      readings.set(request.id, reading);
    }
    for (const [index, file] of request.logFiles.entries()) {
      if (reading.found) break;
      reading.found = await readOn(reading, file, request.logFrom?.[index], request.startedAt, regexp);
    }
    return reading.found ? { healthy: true } : failed(`no line of the log matches /${pattern}/ yet`);
  };
}

/** True when a new line of the file matches. */
async function readOn(
  reading: Reading,
  file: string,
  from: number | undefined,
  startedAt: string | undefined,
  regexp: RegExp,
): Promise<boolean> {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    // It writes nothing yet.
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (handle === undefined) return false;
  try {
    const { size, ino, mtimeMs } = await handle.stat();
    // Older than the start, to the second that file systems may be coarse by.
    if (from === undefined && startedAt !== undefined && mtimeMs < Date.parse(startedAt) - 1000) return false;
    let state = reading.files.get(file);
    // Rotated: another file of the same name, or the same one cut short.
    if (state === undefined || state.inode !== ino || size < state.offset) {
      const offset = state === undefined && from !== undefined && from <= size ? from : 0;
      state = { offset, inode: ino, rest: '', decoder: new StringDecoder('utf8') };
      reading.files.set(file, state);
    }
    const buffer = Buffer.allocUnsafe(CHUNK);
    for (let total = 0; total < MAX_READ; ) {
      const { bytesRead } = await handle.read(buffer, 0, CHUNK, state.offset);
      if (bytesRead === 0) break;
      total += bytesRead;
      state.offset += bytesRead;
      const lines = (state.rest + state.decoder.write(buffer.subarray(0, bytesRead))).split('\n');
      state.rest = (lines.pop() ?? '').slice(-MAX_LINE);
      if (lines.some((line) => regexp.test(line.slice(0, MAX_LINE)))) return true;
    }
    // A prompt without an end of line counts too.
    return state.rest !== '' && regexp.test(state.rest);
  } finally {
    await handle.close();
  }
}
