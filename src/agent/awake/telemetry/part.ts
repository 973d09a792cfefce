import type { AwakeStatus } from '../../../model/awake.ts';
import type { JsonObject } from '../../../model/json.ts';
import { givenHeaders } from '../../../telemetry/headers.ts';
import {
  type Environment,
  type GivenHeaders,
  shownUrl,
  type TelemetrySettings,
  telemetrySettings,
} from '../../../telemetry/settings.ts';
import { baseEnvironment } from '../../environment.ts';
import type { Awake, MakePart, Part } from '../contract.ts';
import { openPipeline, type Pipeline } from './pipeline.ts';

/** How often what was lost is told. ms */
const TELL_EVERY = 60_000;
/** How often sources of headers are asked again where one gave nothing, or the collector lets nobody in. ms */
const ASK_EVERY = 10_000;
/** How long the agent's end waits for what is in the queue. ms */
const LAST_FLUSH = 2_000;

/** Sends metrics and logs of what is watched to an OpenTelemetry collector, where OTEL_* of whoever started the agent or `agent.telemetry` names one. */
export const telemetry: MakePart = (awake) => new Telemetry(awake, process.env, () => awake.config.telemetry);

class Telemetry implements Part {
  readonly name = 'telemetry';
  private readonly awake: Awake;
  private readonly env: Environment;
  private readonly config: () => Awake['config']['telemetry'];
  private settings: TelemetrySettings | undefined;
  private settled = '';
  private pipeline: Pipeline | undefined;
  private given: GivenHeaders = { values: {}, missing: {} };
  private asked = '{}';
  /** When the sources of headers are asked again; undefined: what they gave is good. */
  private askAt: number | undefined;
  /** One thing at a time: opening, closing, ticking. */
  private work: Promise<void> = Promise.resolve();
  private ticking = false;
  private readonly ending = new AbortController();
  private readonly troubles = new Map<string, string>();
  private lost = 0;
  private toldAt = Number.NEGATIVE_INFINITY;

  constructor(awake: Awake, env: Environment, config: () => Awake['config']['telemetry']) {
    this.awake = awake;
    this.env = env;
    this.config = config;
  }

  get wantsSamples(): boolean {
    return this.pipeline !== undefined && this.awake.watched.size > 0;
  }

  /** Not waited for: a source of headers may take its time, and all that is watched waits for this. */
  begin(): void {
    void this.next(() => this.configure());
  }

  changed(): void {
    void this.next(async () => {
      await this.configure();
      await this.pipeline?.changed();
    });
  }

  tick(): void {
    const due = this.askAt !== undefined && this.awake.monotonic() >= this.askAt;
    if (this.ticking || (this.pipeline === undefined && !due)) return;
    this.ticking = true;
    void this.next(async () => {
      if (due) await this.configure();
      await this.pipeline?.tick();
      this.tell();
    }).finally(() => (this.ticking = false));
  }

  status(): Partial<AwakeStatus> {
    const { settings, pipeline } = this;
    if (settings === undefined) return {};
    const telemetry: JsonObject = {};
    for (const [signal, to] of Object.entries(settings.destinations)) {
      if (signal !== 'traces') telemetry[signal] = { to: shownUrl(to.url), ...pipeline?.figures()[signal] };
    }
    if (settings.problems.length > 0) telemetry['problems'] = settings.problems;
    return { telemetry };
  }

  async end(): Promise<void> {
    this.ending.abort();
    await this.next(async () => this.close());
  }

  private next(work: () => Promise<void>): Promise<void> {
    this.work = this.work.then(work).catch((error: unknown) => {
      this.awake.log(`telemetry: ${error instanceof Error ? error.message : String(error)}`);
    });
    return this.work;
  }

  /** Opens the pipeline anew where what is asked for has changed. */
  private async configure(): Promise<void> {
    const config = this.config();
    const given = await this.headers(config);
    if (this.ending.signal.aborted) return;
    const settings = telemetrySettings(this.env, config, given);
    const stamp = JSON.stringify([settings, this.awake.name]);
    if (stamp === this.settled) return;
    this.settled = stamp;
    await this.close();
    this.settings = settings;
    for (const problem of settings?.problems ?? []) this.awake.log(`telemetry: ${problem}`);
    const { metrics, logs } = settings?.destinations ?? {};
    // Whoever switches it on again wants what comes then, not all since; a header that cannot be had for a while switches nothing off.
    if (settings?.wanted.includes('logs') !== true && this.awake.keep(this.name).read() != null)
      this.awake.keep(this.name).write(null);
    if (metrics === undefined && logs === undefined) return;
    this.pipeline = await openPipeline(this.awake, this.env, { metrics, logs }, settings?.output === true);
  }

  /** As their sources gave them last: state changes often, a source may be a program. */
  private async headers(config: Awake['config']['telemetry']): Promise<GivenHeaders> {
    const now = this.awake.monotonic();
    const asked = JSON.stringify(config?.headers ?? {});
    if (asked === this.asked && (this.askAt === undefined || now < this.askAt)) return this.given;
    const env = { ...baseEnvironment(this.env), ...this.env };
    this.given = await givenHeaders(config, { dir: this.awake.project, env, signal: this.ending.signal });
    this.asked = asked;
    this.askAt = Object.keys(this.given.missing).length > 0 ? now + ASK_EVERY : undefined;
    return this.given;
  }

  private async close(): Promise<void> {
    const { pipeline } = this;
    this.pipeline = undefined;
    await pipeline?.close(LAST_FLUSH);
  }

  /** What goes wrong is told when it begins and when it is over; what is lost once a minute. */
  private tell(): void {
    const figures = this.pipeline?.figures() ?? {};
    let lost = 0;
    for (const [signal, figure] of Object.entries(figures)) {
      const { error, dropped, refused, lostBytes } = figure;
      // A key may have been changed meanwhile.
      if (typeof error === 'string' && /^HTTP 40[13]\b/.test(error) && this.asked !== '{}')
        this.askAt ??= this.awake.monotonic() + ASK_EVERY;
      const before = this.troubles.get(signal);
      if (typeof error === 'string' && before === undefined) {
        this.troubles.set(signal, error);
        this.awake.log(`telemetry: ${signal} are not taken: ${error}`);
      } else if (error === undefined && before !== undefined && hasTaken(figure)) {
        this.troubles.delete(signal);
        this.awake.log(`telemetry: ${signal} are taken again`);
      }
      for (const count of [dropped, refused, lostBytes]) lost += typeof count === 'number' ? count : 0;
    }
    const now = this.awake.monotonic();
    // A pipeline that was opened anew counts anew.
    if (lost < this.lost) this.lost = 0;
    if (lost === this.lost || now - this.toldAt < TELL_EVERY) return;
    const { dropped = 0, refused = 0, lostBytes = 0 } = figures['logs'] ?? {};
    const message = `log records lost so far: ${dropped} did not fit the queue, ${refused} were refused; ${lostBytes} bytes were rotated away unread`;
    this.lost = lost;
    this.toldAt = now;
    this.awake.log(`telemetry: ${message}`);
    this.awake.activity.tell({
      type: 'telemetry_lost',
      severity: 'warning',
      message,
      data: { dropped, refused, lostBytes },
    });
  }
}

/** Something was taken: a pipeline that was just opened, with another key say, has no error yet either. */
function hasTaken({ exports = 0, failed = 0, sent = 0 }: JsonObject): boolean {
  return Number(exports) > Number(failed) || Number(sent) > 0;
}
