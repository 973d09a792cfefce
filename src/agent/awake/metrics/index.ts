import { PjError } from '../../../errors.ts';
import type { AwakeStatus } from '../../../model/awake.ts';
import type { Awake, MakePart, Part } from '../contract.ts';
import type { MetricsServer } from './server.ts';
import type { SharedCounts } from './shared-counts.ts';

/** How long until it is tried again to listen where somebody else does. ms */
const AGAIN = 5_000;
const DEFAULT_HOST = '127.0.0.1';

/** Serves metrics for Prometheus where `agent.metrics` of pj.yaml says; nothing of it is loaded before that. */
export const metricsPart: MakePart = (awake) => new MetricsPart(awake);

class MetricsPart implements Part {
  readonly name = 'metrics';
  private readonly awake: Awake;
  private counts: SharedCounts | undefined;
  private server: MetricsServer | undefined;
  /** `host port` of what is served, or was tried last. */
  private at = '';
  private triedAt = Number.NEGATIVE_INFINITY;
  /** What was told of last: the same is told once. */
  private told = '';
  private ended = false;
  private settling: Promise<void> = Promise.resolve();

  constructor(awake: Awake) {
    this.awake = awake;
  }

  begin(): Promise<void> {
    return this.settle();
  }

  changed(): void {
    void this.settle();
  }

  tick(): void {
    this.counts?.tick();
    const { metrics } = this.awake.config;
    if (metrics !== undefined && this.server === undefined) void this.settle();
  }

  status(): Partial<AwakeStatus> {
    return this.server === undefined ? {} : { metrics: this.server.url };
  }

  async end(): Promise<void> {
    this.ended = true;
    await this.settling;
    await this.server?.close();
    this.server = undefined;
    this.counts?.release();
    this.counts = undefined;
  }

  /** Listens where the configuration says, one change after the other. Never rejects. */
  private settle(): Promise<void> {
    this.settling = this.settling.then(() => this.listen()).catch((error: unknown) => this.failed(error));
    return this.settling;
  }

  private async listen(): Promise<void> {
    const { metrics } = this.awake.config;
    const host = metrics?.host ?? DEFAULT_HOST;
    const at = metrics === undefined || this.ended ? '' : `${host} ${metrics.port}`;
    if (at === this.at && (this.server !== undefined || at === '')) return;
    if (at === this.at && this.awake.monotonic() - this.triedAt < AGAIN) return;
    await this.server?.close();
    this.server = undefined;
    if (at !== this.at) this.told = '';
    this.at = at;
    if (metrics === undefined || this.ended) return;
    this.triedAt = this.awake.monotonic();
    const [{ shareCounts }, { openScrape }, { serveMetrics }] = await Promise.all([
      import('./shared-counts.ts'),
      import('./scrape.ts'),
      import('./server.ts'),
    ]);
    this.counts ??= shareCounts(this.awake);
    const { counts } = this;
    const render = openScrape(this.awake, () => counts.tally);
    try {
      this.server = await serveMetrics({ host, port: metrics.port }, render, (error) => this.failed(error));
    } catch (error) {
      return this.refused(host, metrics.port, error);
    }
    this.told = '';
    this.awake.log(`metrics: served on ${this.server.url}`);
  }

  /** Somebody else listens there, or the address is none of this host: told once, tried on. */
  private refused(host: string, port: number, thrown: unknown): void {
    const reason = reasonOf(thrown);
    if (this.told === reason) return;
    this.told = reason;
    const { code, message, hint } = new PjError('PJ5740', { host, port, reason });
    this.awake.log(`metrics: ${code} ${message}; tried again every ${AGAIN / 1000} s. ${hint}`);
    this.awake.activity.tell({ type: 'metrics_failed', severity: 'error', message, data: { code, host, port } });
  }

  private failed(error: unknown): void {
    const reason = reasonOf(error);
    if (this.told === reason) return;
    this.told = reason;
    this.awake.log(`metrics: ${reason}`);
  }
}

function reasonOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return 'another process listens there';
  if (code === 'EADDRNOTAVAIL') return 'the address is none of this host';
  if (code === 'EACCES') return 'that is not allowed';
  return error instanceof Error ? error.message : String(error);
}
