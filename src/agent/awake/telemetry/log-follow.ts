import { readActivity } from '../../../activity/read.ts';
import type { ActivityEvent } from '../../../model/awake.ts';
import type { WorkloadRecord } from '../../../model/record.ts';
import { plainLine } from '../../../os/plain-line.ts';
import type { LogLine, Provider } from '../../../providers/contract.ts';
import type { LogRecords } from '../../../telemetry/log-records.ts';
import type { Awake } from '../contract.ts';
import { FileSource } from './file-source.ts';
import type { Places } from './places.ts';
import { StreamSource } from './stream-source.ts';

/** What is sent of what was there when telemetry was first switched on. ms */
const LOOK_BACK = 60_000;
/** Engines that are followed at once, each over a connection of its own. */
const MOST_STREAMS = 200;
/** How often it is looked for new events. ms */
const EVENTS_EVERY = 1_000;
/** How long a stream is still read after its workload was stopped. ms */
const LAST_WORDS = 5_000;
/** How long what stands in the files of a workload that is no more is waited with for room. ms */
const LEFT_BEHIND = 60_000;

/** Under which the place in the project's events is kept: no id of a workload. */
const EVENTS = ' events';

/** One whose output its engine keeps. */
interface Streamed {
  record: WorkloadRecord;
  instance: string;
  logs: NonNullable<Provider['logs']>;
}

interface Follower {
  record: WorkloadRecord;
  files: FileSource[];
  /** It is watched no more: read to the end, but no longer than until then. */
  until?: number;
}

/** Follows the output of everything that is watched, and the events of the project, into the queue of log records. */
export class LogFollow {
  private readonly awake: Awake;
  private readonly records: LogRecords;
  private readonly places: Places;
  private readonly workloads: boolean;
  /** Switched on now for the first time: only what is newer is sent. ms since 1970 */
  private readonly since: number | undefined;
  private readonly events: StreamSource<ActivityEvent>;
  private readonly followers = new Map<string, Follower>();
  private readonly streams = new Map<string, StreamSource<LogLine>>();
  private readonly leaving = new Map<string, number>();
  private readonly complained = new Map<string, string>();
  private waiters: (() => void)[] = [];
  private unfollowed = 0;
  private toldUnfollowed = false;
  private lost = 0;
  private turn = 0;

  /** `workloads`: their output too, not the events of pj alone. */
  constructor(awake: Awake, records: LogRecords, places: Places, workloads: boolean) {
    this.awake = awake;
    this.records = records;
    this.places = places;
    this.workloads = workloads;
    this.since = places.fresh ? awake.now().getTime() - LOOK_BACK : undefined;
    this.events = this.eventSource();
  }

  /** Bytes that were gone before they could be read, and workloads that are too many to be followed. */
  figures(): { lostBytes: number; unfollowed: number } {
    const open = [...this.followers.values()].flatMap(({ files }) => files);
    return { lostBytes: open.reduce((sum, { lost }) => sum + lost, this.lost), unfollowed: this.unfollowed };
  }

  /** Takes up what is watched by now, and lets go what is not. `first`: it was there before telemetry was. */
  async changed(first = false): Promise<void> {
    const { watched } = this.awake;
    for (const [id, follower] of this.followers) {
      if (this.workloads && watched.has(id)) continue;
      follower.until ??= this.awake.monotonic() + LEFT_BEHIND;
    }
    const streams: Streamed[] = [];
    for (const { record, instance } of this.workloads ? watched.values() : []) {
      try {
        const { logFiles, logs, capabilities } = await this.awake.provider(record.provider);
        if (logFiles !== undefined) this.followFiles(record, logFiles(record), first);
        else if (logs !== undefined && capabilities.logs) streams.push({ record, instance, logs });
      } catch (error) {
        this.complain(record.id, error);
      }
    }
    this.followStreams(streams, first);
    const files = [...this.followers.values()].flatMap((follower) => follower.files.map(({ path }) => path));
    this.places.only(new Set(files), new Set([EVENTS, ...streams.map(({ record }) => record.id)]));
  }

  /** Reads on what stands in files, each in its turn first. */
  async tick(): Promise<void> {
    const now = this.awake.monotonic();
    await this.readAll();
    for (const [id, { files, until }] of this.followers) {
      if (until === undefined || (now < until && !files.every(({ through }) => through))) continue;
      for (const file of files) this.lost += file.lost + file.unread;
      this.followers.delete(id);
    }
    for (const [id, at] of this.leaving) if (now >= at) this.leave(id);
  }

  private async readAll(): Promise<void> {
    const all = [...this.followers].flatMap(([id, { files }]) => files.map((file) => ({ id, file })));
    this.turn = all.length === 0 ? 0 : (this.turn + 1) % all.length;
    for (const { id, file } of [...all.slice(this.turn), ...all.slice(0, this.turn)]) {
      if (!this.records.room) return;
      await this.readFile(file, id);
    }
  }

  /** The queue has got shorter. */
  settled(): void {
    const { waiters } = this;
    this.waiters = [];
    for (const wake of waiters) wake();
  }

  close(): void {
    this.events.close();
    for (const id of [...this.streams.keys()]) this.leave(id);
    this.settled();
  }

  private followFiles(record: WorkloadRecord, paths: readonly string[], first: boolean): void {
    const before = this.followers.get(record.id);
    const files = paths.map(
      (path) =>
        before?.files.find((file) => file.path === path && file.continues) ??
        this.fileSource(path, first ? this.since : undefined),
    );
    this.followers.set(record.id, { record, files });
  }

  private fileSource(path: string, since: number | undefined): FileSource {
    const place = this.places.file(path);
    return new FileSource({ path, place, since, moved: (to) => this.places.setFile(path, to) });
  }

  private followStreams(wanted: readonly Streamed[], first: boolean): void {
    const running = wanted.filter(({ record: { state } }) => state === 'RUNNING' || state === 'PAUSED');
    const instances = new Map(running.map(({ record, instance }) => [record.id, instance]));
    for (const [id, stream] of this.streams) {
      const instance = instances.get(id);
      if (instance === stream.instance) this.leaving.delete(id);
      else if (instance !== undefined) this.leave(id);
      else if (!this.leaving.has(id)) this.leaving.set(id, this.awake.monotonic() + LAST_WORDS);
    }
    this.unfollowed = 0;
    for (const one of running) {
      const { record } = one;
      if (this.streams.has(record.id)) continue;
      if (this.streams.size >= MOST_STREAMS) {
        this.unfollowed += 1;
        continue;
      }
      const since = first && this.since !== undefined ? new Date(this.since).toISOString() : undefined;
      this.streams.set(record.id, this.streamSource(one, since));
    }
    if (this.unfollowed === 0 || this.toldUnfollowed) return;
    this.toldUnfollowed = true;
    this.awake.log(
      `telemetry: the output of ${this.unfollowed} workloads is not sent: engines are asked for that of ${MOST_STREAMS} at once`,
    );
  }

  private streamSource({ record, instance, logs }: Streamed, since: string | undefined): StreamSource<LogLine> {
    const { id, kind, provider } = record;
    const progress = (): void => undefined;
    return new StreamSource<LogLine>({
      instance,
      open: (from, signal) =>
        logs(record, { follow: true, ...(from === undefined ? {} : { since: from }) }, { signal, progress }),
      place: this.places.stream(id),
      since,
      now: () => this.awake.now(),
      room: () => this.roomFor(),
      take: ({ stream, text }, at, receipt) =>
        this.records.line({ id, kind, provider, stream, text, at: Date.parse(at) }, receipt),
      moved: (place) => this.places.setStream(id, place),
      failed: (error) => this.complain(id, error),
    });
  }

  private eventSource(): StreamSource<ActivityEvent> {
    const { project } = this.awake;
    return new StreamSource({
      instance: '',
      open: (from, signal) =>
        readActivity(project, {
          ...(from === undefined ? {} : { since: Date.parse(from) }),
          ...{ follow: true, signal, pollMs: EVENTS_EVERY },
        }),
      place: this.places.stream(EVENTS),
      since: this.since === undefined ? undefined : new Date(this.since).toISOString(),
      now: () => this.awake.now(),
      room: () => this.roomFor(),
      take: (event, _, receipt) => this.records.event(event, receipt),
      moved: (place) => this.places.setStream(EVENTS, place),
      failed: (error) => this.complain('events', error),
    });
  }

  private leave(id: string): void {
    this.streams.get(id)?.close();
    this.streams.delete(id);
    this.leaving.delete(id);
  }

  private async roomFor(): Promise<void> {
    while (!this.records.room) await new Promise<void>((resolve) => this.waiters.push(resolve));
  }

  private async readFile(file: FileSource, id: string): Promise<void> {
    const follower = this.followers.get(id);
    if (follower === undefined) return;
    const { kind, provider } = follower.record;
    const stream = follower.files.indexOf(file) === 1 ? 'stderr' : 'stdout';
    // Whoever draws on a serial console has a terminal in mind.
    const clean = kind === 'vm' ? plainLine : (text: string) => text;
    try {
      await file.read(
        this.awake.monotonic(),
        () => this.records.room,
        (text, at, receipt) => {
          const written = at ?? this.awake.now().getTime();
          this.records.line({ id, kind, provider, stream, text: clean(text), at: written }, receipt);
        },
      );
    } catch (error) {
      this.complain(id, error);
    }
  }

  /** Once for each reason. */
  private complain(id: string, error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    if (this.complained.get(id) === text) return;
    this.complained.set(id, text);
    this.awake.log(`telemetry: the output of ${id} cannot be followed: ${text}`);
  }
}
