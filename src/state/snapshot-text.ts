import { createHash } from 'node:crypto';
import { PjError } from '../errors.ts';
import { canonical, isObject, type Json, type JsonObject } from '../model/json.ts';
import type { Snapshot } from '../model/record.ts';
import { problemIn } from './invariants.ts';

/** How far a journal has been folded into a snapshot: that journal, up to and with that line. */
export interface FoldMark {
  id: string;
  sequence: number;
}

/** What state.json holds. */
export interface StoredState {
  snapshot: Snapshot;
  /** The last journal that was folded in, so that a crash before its removal does not fold it twice. */
  folded?: FoldMark;
}

const SNAPSHOT_VERSION = 1;

/** The text of state.json, one workload a line, and its checksum. Equal states give equal text, byte for byte. */
export function snapshotText(stored: StoredState): { text: string; checksum: string } {
  const { lineage, pjVersion, serial, version, workloads } = stored.snapshot;
  const head: JsonObject = stored.folded === undefined ? {} : { journal: { ...stored.folded } };
  const start = canonical({ ...head, lineage, pjVersion, serial, version }).slice(0, -1);
  const lines = Object.keys(workloads)
    .sort()
    .map((id) => `${JSON.stringify(id)}:${canonical(workloads[id] as unknown as Json)}`);
  // JSON text holds no raw line break, so the body is this text without its line breaks.
  const body = `${start},"workloads":{${lines.join(',')}}}`;
  const checksum = sha256(body);
  const shown = `${start},\n"workloads":{\n${lines.join(',\n')}\n}}\n`;
  return { text: `{"checksum":"${checksum}",\n${shown.slice(1)}`, checksum };
}

/**
 * Reads the text of a state.json. Throws PJ3001 (newer version), PJ3002 (cut short, not JSON, not a state), PJ3003 (checksum), PJ3004 (contradicts itself).
 * `checksum: 'ignored'` is for a text that a person edited.
 */
export function parseSnapshot(
  text: string,
  source: { path: string; pjVersion: string; checksum: 'verified' | 'ignored' },
): StoredState & { checksum: string } {
  const { path } = source;
  const parsed = parseJson(text, path);
  const { version, checksum, journal, lineage, serial, pjVersion, workloads } = parsed;
  if (!Number.isSafeInteger(version)) throw new PjError('PJ3002', { path, reason: 'it has no version' });
  if (Number(version) > SNAPSHOT_VERSION)
    throw new PjError('PJ3001', {
      path,
      version: Number(version),
      known: SNAPSHOT_VERSION,
      pjVersion: source.pjVersion,
    });
  if (version !== SNAPSHOT_VERSION) throw new PjError('PJ3002', { path, reason: `unknown version ${Number(version)}` });
  if (typeof lineage !== 'string' || lineage === '') throw new PjError('PJ3002', { path, reason: 'it has no lineage' });
  if (!Number.isSafeInteger(serial) || Number(serial) < 0)
    throw new PjError('PJ3002', { path, reason: 'it has no serial' });
  if (source.checksum === 'verified' && !checksumHolds(text, parsed)) throw new PjError('PJ3003', { path });
  const problem = problemIn(workloads);
  if (problem !== undefined) throw new PjError('PJ3004', { path, reason: problem });
  const mark = foldMark(journal);
  return {
    snapshot: {
      version: 1,
      lineage,
      serial: Number(serial),
      pjVersion: String(pjVersion ?? ''),
      // Checked above. Without a prototype, so that an id such as `constructor` finds nothing that is not there.
      workloads: Object.setPrototypeOf(workloads, null) as Snapshot['workloads'],
    },
    ...(mark === undefined ? {} : { folded: mark }),
    checksum: typeof checksum === 'string' ? checksum : '',
  };
}

function parseJson(text: string, path: string): JsonObject {
  if (text.trim() === '') throw new PjError('PJ3002', { path, reason: 'it is empty' });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const cut = !text.trimEnd().endsWith('}');
    throw new PjError('PJ3002', { path, reason: cut ? 'it is cut short' : 'it is not JSON' }, { cause: error });
  }
  if (!isObject(value)) throw new PjError('PJ3002', { path, reason: 'it is not a JSON object' });
  return value;
}

/** Of the text as pj writes it where that fits, else of what it means: a file that was only re-indented is still whole. */
function checksumHolds(text: string, parsed: JsonObject): boolean {
  const told = parsed['checksum'];
  if (typeof told !== 'string') return false;
  const start = `{"checksum":"${told}",\n`;
  if (text.startsWith(start) && sha256(`{${text.slice(start.length).replaceAll('\n', '')}`) === told) return true;
  const { checksum: _, ...body } = parsed;
  return sha256(canonical(body)) === told;
}

function foldMark(journal: unknown): FoldMark | undefined {
  if (!isObject(journal)) return undefined;
  const { id, sequence } = journal;
  return typeof id === 'string' && typeof sequence === 'number' ? { id, sequence } : undefined;
}

const sha256 = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;
