import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkloadRecord } from '../../../model/record.ts';
import type { LogLine, Provider } from '../../../providers/contract.ts';
import type { StreamPlace } from './places.ts';

/** Waits between two attempts to follow. ms */
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 30_000;

export interface StreamSourceOptions {
  record: WorkloadRecord;
  instance: string;
  provider: Pick<Provider, 'logs'>;
  place: StreamPlace | undefined;
  /** ISO 8601: where it was never followed. Absent: all. */
  since: string | undefined;
  now(): Date;
  /** Resolves when another line fits the queue. */
  room(): Promise<void>;
  take(line: LogLine, at: string, receipt: () => void): void;
  moved(place: StreamPlace): void;
  /** Why it could not be followed; it tries again. */
  failed(error: unknown): void;
}

/** The output of a workload that its engine keeps, followed. While there is no room nothing is read, so that it waits in the engine. */
export class StreamSource {
  readonly instance: string;
  private readonly options: StreamSourceOptions;
  private readonly stop = new AbortController();
  private at: string;
  private count = 0;

  constructor(options: StreamSourceOptions) {
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
    const { record, provider, now, room, take, moved, instance } = this.options;
    const context = { signal, progress: () => undefined };
    const since = this.at;
    let again = this.count;
    for await (const line of provider.logs?.(record, { follow: true, ...(since === '' ? {} : { since }) }, context) ??
      []) {
      if (signal.aborted) return;
      // Engines give from an instant on, so that those of that very instant come again.
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
