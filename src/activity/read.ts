import { type FileHandle, open, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { PjError } from '../errors.ts';
import type { ActivityEvent } from '../model/awake.ts';
import { errno } from '../os/kernel-file.ts';
import { eventReader } from './event-lines.ts';
import { activityFile, numberOf, placeOf, putAside } from './files.ts';

const CHUNK = 256 << 10;

export interface ReadActivity {
  /** ms since 1970: nothing older. */
  since?: number;
  /** Of these workloads alone. Empty or absent: all, and what is about none. */
  ids?: readonly string[];
  /** Of these types alone. Empty or absent: all. */
  types?: readonly string[];
  /** Only the last so many of what is there. */
  tail?: number;
  /** Go on with what comes, until the signal aborts. */
  follow?: boolean;
  signal?: AbortSignal;
  /** ms between looks when following, default 200. */
  pollMs?: number;
}

/**
 * What happened to a project, oldest first, through the files that were put aside, and on over rotations when following. Lines that are no events are left
 * out; no file is nothing. Ends without an error when the signal aborts. Throws PJ5081 for what may not be read.
 */
export async function* readActivity(project: string, options: ReadActivity = {}): AsyncGenerator<ActivityEvent> {
  const path = activityFile(project);
  const wanted = filterOf(options);
  const stopped = (): boolean => options.signal?.aborted === true;
  const reader = new Reader(path);
  try {
    let kept: ActivityEvent[] = [];
    for await (const event of reader.stored(options.since)) {
      if (stopped()) return;
      if (!wanted(event)) continue;
      if (options.tail === undefined) yield event;
      else {
        kept.push(event);
        if (kept.length > 2 * options.tail + 1024) kept = lastOf(kept, options.tail);
      }
    }
    yield* lastOf(kept, options.tail ?? 0);
    while (options.follow === true && !stopped()) {
      let any = false;
      for await (const event of reader.fresh()) {
        if (stopped()) return;
        any = true;
        if (wanted(event)) yield event;
      }
      if (!any) await sleep(options.pollMs ?? 200, undefined, { signal: options.signal }).catch(() => undefined);
    }
  } finally {
    await reader.close();
  }
}

const lastOf = <T>(all: T[], count: number): T[] => (count <= 0 ? [] : all.slice(-count));

function filterOf({ since, ids, types }: ReadActivity): (event: ActivityEvent) => boolean {
  const [of, ofType] = [new Set(ids ?? []), new Set<string>(types ?? [])];
  return ({ at, type, workload }) =>
    (since === undefined || Date.parse(at) >= since) &&
    (of.size === 0 || (workload !== undefined && of.has(workload))) &&
    (ofType.size === 0 || ofType.has(type));
}

/** One open file and how far it was read. `after`: see placeOf. */
interface Place {
  file: FileHandle;
  inode: number;
  after: number;
  position: number;
  events: ReturnType<typeof eventReader>;
}

class Reader {
  private readonly path: string;
  private live: Place | undefined;
  /** The number of the last file put aside that was read at the beginning. */
  private begun = 0;
  /** Files that were put aside since: a writer may still have had them open. Each with the looks that it is kept for. */
  private old: { place: Place; looks: number }[] = [];

  constructor(path: string) {
    this.path = path;
  }

  /** All that is there. Files may be put aside while we read: each is met once, by its inode. */
  async *stored(since: number | undefined): AsyncGenerator<ActivityEvent> {
    const met = new Set<number>();
    yield* this.aside(met, since);
    this.live = await openPlace(this.path);
    if (this.live === undefined) return;
    const again = met.has(this.live.inode);
    met.add(this.live.inode);
    yield* this.aside(met, since);
    if (!again) yield* rest(this.live);
  }

  private async *aside(met: Set<number>, since: number | undefined): AsyncGenerator<ActivityEvent> {
    for (let more = true; more; ) {
      more = false;
      for (const path of putAside(this.path)) {
        const place = await openPlace(path);
        if (place === undefined) continue;
        this.begun = Math.max(this.begun, place.after);
        try {
          if (met.has(place.inode)) continue;
          met.add(place.inode);
          more = true;
          // Nothing in it is younger than its last write.
          if (since === undefined || (await place.file.stat()).mtimeMs >= since) yield* rest(place);
        } finally {
          await place.file.close();
        }
      }
    }
  }

  /** What has come since the call before. */
  async *fresh(): AsyncGenerator<ActivityEvent> {
    for (const one of this.old) {
      yield* rest(one.place);
      one.looks -= 1;
      if (one.looks <= 0) await one.place.file.close();
    }
    this.old = this.old.filter(({ looks }) => looks > 0);
    const { live } = this;
    if (live !== undefined) yield* rest(live);
    if ((await inodeOf(this.path)) === live?.inode) return;
    const next = await openPlace(this.path);
    // What was written between the look and the rotation; and several rotations may lie between the two, or be all there is.
    const between = await this.between(live, next?.inode);
    const chain = [live, ...between, next].filter((place) => place !== undefined);
    for (const place of chain) yield* rest(place);
    this.live = chain.pop();
    this.old.push(...chain.map((place) => ({ place, looks: 3 })));
  }

  /** Files that were put aside after one, which may be removed by now, and before another. */
  private async between(after: Place | undefined, before: number | undefined): Promise<Place[]> {
    const places: Place[] = [];
    const from = after === undefined ? this.begun : placeOf(this.path, after.inode, after.after);
    for (const path of putAside(this.path, from)) {
      const place = await openPlace(path);
      if (place !== undefined && place.inode !== before && place.inode !== after?.inode) {
        places.push(place);
        continue;
      }
      await place?.file.close();
      if (place?.inode === before) break;
    }
    return places;
  }

  async close(): Promise<void> {
    const all = [...this.old.map(({ place }) => place), ...(this.live === undefined ? [] : [this.live])];
    await Promise.allSettled(all.map(({ file }) => file.close()));
  }
}

async function openPlace(path: string): Promise<Place | undefined> {
  try {
    const file = await open(path, 'r');
    const { ino } = await file.stat();
    return { file, inode: ino, after: numberOf(path) || placeOf(path, ino), position: 0, events: eventReader() };
  } catch (thrown) {
    const reason = errno(thrown) ?? String(thrown);
    if (reason === 'ENOENT') return undefined;
    throw new PjError('PJ5081', { path, reason }, { cause: thrown });
  }
}

async function* rest(place: Place): AsyncGenerator<ActivityEvent> {
  const buffer = Buffer.alloc(CHUNK);
  for (;;) {
    const { bytesRead } = await place.file.read(buffer, 0, CHUNK, place.position);
    if (bytesRead === 0) return;
    place.position += bytesRead;
    yield* place.events(buffer.subarray(0, bytesRead));
  }
}

async function inodeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.ino;
}
