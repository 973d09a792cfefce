import { setTimeout as sleep } from 'node:timers/promises';
import type { StreamPlace } from './places.ts';

/** Waits between two attempts to follow. ms */
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 30_000;

export interface StreamSourceOptions<T extends { at?: string }> {
  instance: string;
  /** What is followed, from an instant on (ISO 8601), in order. `at` is as the source tells it. */
  open(since: string | undefined, signal: AbortSignal): AsyncIterable<T>;
  place: StreamPlace | undefined;
  /** ISO 8601: where it was never followed. Absent: all. */
  since: string | undefined;
  now(): Date;
  /** Resolves when another line fits the queue. */
  room(): Promise<void>;
  take(line: T, at: string, receipt: () => void): void;
  moved(place: StreamPlace): void;
  /** Why it could not be followed; it tries again. */
  failed(error: unknown): void;
}

/** What somebody else keeps and is followed: the output of a workload by its engine. While there is no room nothing is read, so that it waits there. */
export class StreamSource<T extends { at?: string }> {
  readonly instance: string;
  private readonly options: StreamSourceOptions<T>;
  private readonly stop = new AbortController();
  private at: string;
  private count = 0;

  constructor(options: StreamSourceOptions<T>) {
    this.options = options;
    this.instance = options.instance;
    const place = options.place?.instance === options.instance ? options.place : undefined;
    this.at = place?.at ?? options.since ?? '';
    this.count = place?.count ?? 0;
    void this.follow();
  }

  close(): void {
    this.stop.abort();
  }

  private async follow(): Promise<void> {
    const { signal } = this.stop;
    for (let failures = 0; !signal.aborted; ) {
      const before = `${this.at} ${this.count}`;
      try {
        await this.once(signal);
      } catch (error) {
        if (!signal.aborted) this.options.failed(error);
      }
      failures = before === `${this.at} ${this.count}` ? failures + 1 : 1;
      const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (failures - 1));
      await sleep(wait, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  private async once(signal: AbortSignal): Promise<void> {
    const { open, now, room, take, moved, instance } = this.options;
    const since = this.at;
    let again = this.count;
    for await (const line of open(since === '' ? undefined : since, signal)) {
      if (signal.aborted) return;
      // They give from an instant on, so that those of that very instant come again.
      if (line.at !== undefined && line.at === since && again > 0) {
        again -= 1;
        continue;
      }
      const at = line.at ?? now().toISOString();
      this.count = at === this.at ? this.count + 1 : 1;
      this.at = at;
      await room();
      if (signal.aborted) return;
      const place = { instance, at, count: this.count };
      take(line, at, () => moved(place));
    }
  }
}
