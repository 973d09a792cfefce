import { STATUS_CODES } from 'node:http';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { hearRetryAfter } from './retry-after.ts';

/** First and longest wait between two attempts that failed, Retry-After aside. ms */
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 30_000;
/** Nobody is waited for longer than that, whatever a collector says. ms */
const LONGEST_RETRY_AFTER = 300_000;

export interface OutboxOptions<T> {
  url: string;
  exporter: { export(items: T[], done: (result: ExportResult) => void): void; shutdown(): Promise<void> };
  /** Items at most, and bytes where `size` is given. */
  maxItems: number;
  maxBytes?: number;
  size?(item: T): number;
  /** Items and bytes of one export. */
  maxBatch: number;
  maxBatchBytes?: number;
  /** How long the first item of a batch waits for others. ms */
  delay: number;
  /** Items that have left the queue: the collector has them, or refused them for good. In order. */
  settled?(items: readonly T[], how: 'sent' | 'refused'): void;
}

export interface OutboxFigures {
  queued: number;
  sent: number;
  /** Did not fit the queue. */
  dropped: number;
  /** The collector does not want them. */
  refused: number;
  /** Why the last attempt failed; absent once one has succeeded. */
  error?: string;
}

/**
 * A bounded queue before an exporter. What is in it stays until the collector has taken or refused it: where that is not reachable, too busy (429, 502, 503, 504) or has us not come
 * in (401, 403, 404: a key that has run out, a path that is not there yet), the same batch is sent again, with growing waits or after Retry-After. One export at a time; nobody waits for it. Its timers keep no process alive.
 */
export class Outbox<T> {
  private readonly options: OutboxOptions<T>;
  private readonly retryAfter;
  private items: T[] = [];
  private bytes = 0;
  private sending = false;
  private closed = false;
  private timer: NodeJS.Timeout | undefined;
  private failures = 0;
  private sent = 0;
  private dropped = 0;
  private refused = 0;
  private error: string | undefined;
  private readonly idlers = new Set<() => void>();

  constructor(options: OutboxOptions<T>) {
    this.options = options;
    this.retryAfter = hearRetryAfter(options.url);
  }

  /** Something more fits. */
  get room(): boolean {
    const { maxItems, maxBytes = Number.POSITIVE_INFINITY } = this.options;
    return !this.closed && this.items.length < maxItems && this.bytes < maxBytes;
  }

  figures(): OutboxFigures {
    const { sent, dropped, refused, error } = this;
    return { queued: this.items.length, sent, dropped, refused, ...(error === undefined ? {} : { error }) };
  }

  /** False: there was no room, and it was dropped and counted. */
  push(item: T): boolean {
    if (!this.room) {
      this.dropped += 1;
      return false;
    }
    this.items.push(item);
    this.bytes += this.options.size?.(item) ?? 0;
    if (this.failures === 0) this.wait(this.items.length >= this.options.maxBatch ? 0 : this.options.delay);
    return true;
  }

  /** Sends what is there now, an attempt that waits included. False when that was not done within so many ms. */
  async flush(ms: number): Promise<boolean> {
    if (this.items.length === 0) return true;
    let give: NodeJS.Timeout | undefined;
    const idle = new Promise<boolean>((resolve) => {
      const done = (): void => resolve(true);
      this.idlers.add(done);
      give = setTimeout(() => {
        this.idlers.delete(done);
        resolve(false);
      }, ms);
    });
    clearTimeout(this.timer);
    this.timer = undefined;
    this.send();
    const all = await idle;
    clearTimeout(give);
    return all;
  }

  /** Nothing is sent any more; what is left is lost. */
  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.retryAfter.close();
    void this.options.exporter.shutdown().catch(() => undefined);
  }

  private wait(ms: number): void {
    if (this.closed || this.sending) return;
    if (this.timer !== undefined) {
      if (ms > 0) return;
      clearTimeout(this.timer);
    }
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.send();
    }, ms);
    this.timer.unref();
  }

  private send(): void {
    if (this.sending || this.closed || this.items.length === 0) return;
    const batch = this.batch();
    this.sending = true;
    this.retryAfter.take();
    this.options.exporter.export(batch, (result) => {
      // The exporter calls back within its own promise: what follows must not fail there.
      setImmediate(() => this.heard(batch, result));
    });
  }

  private batch(): T[] {
    const { maxBatch, maxBatchBytes = Number.POSITIVE_INFINITY, size } = this.options;
    let bytes = 0;
    let count = 0;
    while (count < Math.min(maxBatch, this.items.length)) {
      bytes += size?.(this.items[count] as T) ?? 0;
      if (count > 0 && bytes > maxBatchBytes) break;
      count += 1;
    }
    return this.items.slice(0, count);
  }

  private heard(batch: readonly T[], { code, error }: ExportResult): void {
    this.sending = false;
    if (this.closed) return;
    const refused = code !== ExportResultCode.SUCCESS && isForGood(error);
    this.error = code === ExportResultCode.SUCCESS ? undefined : reasonOf(error);
    if (code === ExportResultCode.SUCCESS || refused) {
      this.failures = 0;
      this.items = this.items.slice(batch.length);
      for (const item of batch) this.bytes -= this.options.size?.(item) ?? 0;
      if (refused) this.refused += batch.length;
      else this.sent += batch.length;
      this.options.settled?.(batch, refused ? 'refused' : 'sent');
      if (this.items.length === 0) {
        for (const done of this.idlers) done();
        this.idlers.clear();
      } else this.wait(this.idlers.size > 0 || this.items.length >= this.options.maxBatch ? 0 : this.options.delay);
      return;
    }
    this.failures += 1;
    const told = this.retryAfter.take();
    const grown = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (this.failures - 1)) * (0.8 + Math.random() * 0.4);
    this.wait(told === undefined ? grown : Math.min(told, LONGEST_RETRY_AFTER));
  }
}

/** It cannot read this batch, or will not take one as long. */
const REFUSED = new Set([400, 413]);

/** An answer that will be the same however often it is asked for. All others somebody can mend, and then nothing is lost. */
function isForGood(error: Error | undefined): boolean {
  const status = statusOf(error);
  return status !== undefined && REFUSED.has(status);
}

function statusOf(error: Error | undefined): number | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'number' ? code : undefined;
}

/** For people. Neither the body nor the text beside the status is in it: a collector may repeat there what it was sent, a key too. */
export function reasonOf(error: Error | undefined): string {
  const status = statusOf(error);
  if (status !== undefined) return ['HTTP', status, STATUS_CODES[status] ?? ''].join(' ').trim();
  if (error?.message === 'Export failed with retryable status') return 'it is too busy (429, 502, 503 or 504)';
  return error?.message || (error as { code?: string } | undefined)?.code || 'no answer';
}
