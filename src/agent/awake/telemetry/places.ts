import type { Json } from '../../../model/json.ts';
import { isObject } from '../../../model/json.ts';
import type { Keep } from '../contract.ts';

/** How far a file was taken by the collector. */
export interface FilePlace {
  inode: number;
  /** Bytes, counted from the first ever logged. */
  position: number;
}

/** How far the output of an instance was, where its engine keeps it. */
export interface StreamPlace {
  instance: string;
  /** ISO 8601: the instant of the last line, and how many lines of that instant there were. */
  at: string;
  count: number;
}

/** How often it is written at most: what a kill -9 makes be sent twice. ms */
const EVERY = 5_000;

/** What is kept of how far logs have gone, so that another agent goes on from there. */
export class Places {
  /** Nothing was kept: telemetry is switched on for the first time. */
  readonly fresh: boolean;
  private readonly files: Record<string, FilePlace> = {};
  private readonly streams: Record<string, StreamPlace> = {};
  private readonly keep: Keep;
  private changed = false;
  private writtenAt = Number.NEGATIVE_INFINITY;

  constructor(keep: Keep) {
    this.keep = keep;
    const kept = keep.read();
    this.fresh = !isObject(kept);
    if (!isObject(kept)) return;
    for (const [key, place] of entries(kept['files'])) {
      const { inode, position } = place;
      if (Number.isSafeInteger(inode) && Number.isSafeInteger(position))
        this.files[key] = { inode: Number(inode), position: Number(position) };
    }
    for (const [key, place] of entries(kept['streams'])) {
      const { instance, at, count } = place;
      if (typeof instance === 'string' && typeof at === 'string' && Number.isSafeInteger(count))
        this.streams[key] = { instance, at, count: Number(count) };
    }
  }

  file(path: string): FilePlace | undefined {
    return this.files[path];
  }

  stream(id: string): StreamPlace | undefined {
    return this.streams[id];
  }

  setFile(path: string, place: FilePlace): void {
    this.files[path] = place;
    this.changed = true;
  }

  setStream(id: string, place: StreamPlace): void {
    this.streams[id] = place;
    this.changed = true;
  }

  /** Forgets what is followed no more. */
  only(files: ReadonlySet<string>, streams: ReadonlySet<string>): void {
    for (const path of Object.keys(this.files)) if (!files.has(path)) this.changed = delete this.files[path];
    for (const id of Object.keys(this.streams)) if (!streams.has(id)) this.changed = delete this.streams[id];
  }

  /** Writes what has changed, every 5 s at most; `now` (ms, only forward) absent: at once. Throws PJ5209. */
  write(now?: number): void {
    const due = now === undefined || now - this.writtenAt >= EVERY;
    if (!due || !(this.changed || (this.fresh && this.writtenAt === Number.NEGATIVE_INFINITY))) return;
    this.writtenAt = now ?? this.writtenAt;
    this.changed = false;
    const json: unknown = { files: this.files, streams: this.streams };
    this.keep.write(json as Json);
  }
}

const entries = (value: Json | undefined): [string, Record<string, Json | undefined>][] =>
  isObject(value) ? Object.entries(value).flatMap(([key, one]) => (isObject(one) ? [[key, one]] : [])) : [];
