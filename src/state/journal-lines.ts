import { crc32 } from 'node:zlib';
import { PjError } from '../errors.ts';
import { isObject } from '../model/json.ts';
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
export type JournalEntry =
  | {
      op: 'intent';
      step: Step;
      before?: WorkloadRecord | null;
      after: WorkloadRecord | null;
      specDigest?: string;
      at: string;
    }
  | { op: 'outcome'; step: string; id: string; generation: number; ok: boolean; record: WorkloadRecord | null }
  | { op: 'put'; id: string; record: WorkloadRecord | null }
  | { op: 'move'; from: string; to: string; at: string };

export interface JournalContent {
  header: JournalHeader;
  entries: JournalEntry[];
  /** Sequence number of the last whole line; the header has 0. */
  sequence: number;
  /** Bytes at the end that were being written when the writer was killed. */
  torn: number;
}

export const JOURNAL_VERSION = 1;

/**
 * One line: `{"seq":…,"durable":…,"crc":"…",` and the content. `durable` is the sequence number that was safe on disk when
 * the line was written: it proves that no line up to that one may be missing, while a batch that was never acknowledged may be torn anywhere.
 */
export function journalLine(sequence: number, durable: number, content: string): string {
  const rest = `"durable":${durable},"seq":${sequence},${content.slice(1)}`;
  return `{"crc":"${checksum(rest)}",${rest}\n`;
}

/** Length of `{"crc":"01234567",`; the checksum is of what follows. */
const PREFIX = 18;

/**
 * Reads a journal. Undefined when not even its header was written whole (its writer was killed before anything was
 * acknowledged). Throws PJ3001 for a newer version and PJ3006 for damage before lines that prove that it was whole once.
 */
export function readJournalLines(bytes: Buffer, path: string, pjVersion: string): JournalContent | undefined {
  let header: JournalHeader | undefined;
  let damaged: { line: number; offset: number; reason: string } | undefined;
  let sequence = -1;
  let number = 0;
  const entries: JournalEntry[] = [];
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(10, from);
    const line = end === -1 ? undefined : bytes.subarray(from, end);
    const read = line === undefined ? 'it is cut short' : readLine(line);
    number += 1;
    if (typeof read === 'string' || (damaged === undefined && read.sequence !== sequence + 1)) {
      const reason = typeof read === 'string' ? read : `line ${sequence + 1} of the run is missing`;
      damaged ??= { line: number, offset: from, reason };
    }
    if (damaged !== undefined && typeof read !== 'string' && read.durable > sequence)
      throw new PjError('PJ3006', { path, line: damaged.line, reason: damaged.reason });
    if (damaged === undefined && typeof read !== 'string') {
      sequence = read.sequence;
      if (header !== undefined) entries.push(read.content as unknown as JournalEntry);
      else header = readHeader(read.content, path, pjVersion);
    }
    if (end === -1) break;
    from = end + 1;
  }
  if (header === undefined) return undefined;
  return { header, entries, sequence, torn: damaged === undefined ? 0 : bytes.length - damaged.offset };
}

type Line = { sequence: number; durable: number; content: Record<string, unknown> };

/** A whole line, or what is wrong with it. */
function readLine(line: Buffer): Line | string {
  const told = /^\{"crc":"([0-9a-f]{8})",$/.exec(line.toString('latin1', 0, PREFIX))?.[1];
  if (told === undefined) return 'it is not a line of a journal';
  if (checksum(line.subarray(PREFIX)) !== told) return 'its checksum does not match';
  const value: unknown = JSON.parse(line.toString('utf8'));
  if (!isObject(value) || typeof value['seq'] !== 'number' || typeof value['durable'] !== 'number')
    return 'it has no sequence number';
  return { sequence: value['seq'], durable: value['durable'], content: value };
}

function readHeader(content: Record<string, unknown>, path: string, pjVersion: string): JournalHeader {
  const { op, version } = content;
  if (op !== 'header') throw new PjError('PJ3006', { path, line: 1, reason: 'the header is missing' });
  if (Number(version) > JOURNAL_VERSION)
    throw new PjError('PJ3001', { path, version: Number(version), known: JOURNAL_VERSION, pjVersion });
  return content as unknown as JournalHeader;
}

const checksum = (data: string | Uint8Array): string => crc32(data).toString(16).padStart(8, '0');
