import { StateView } from '../agent/awake/state-view.ts';
import { asPjError } from '../errors.ts';
import type { AwakeStatus, AwakeWorkload, Sample } from '../model/awake.ts';
import type { Observed } from '../model/observed.ts';
import type { WorkloadRecord } from '../model/record.ts';
import type { TopLook, TopWorkload } from '../model/top.ts';
import type { Kind } from '../model/workload.ts';
import { hostMeter } from '../os/host-usage.ts';
import type { Provider } from '../providers/contract.ts';
import { VERSION } from '../version.ts';
import { type AwakeLink, awakeLink } from './awake-status.ts';
import { quietly } from './engines.ts';
import { recordIn } from './find.ts';
import { RateMeter } from './rates.ts';
import type { Run } from './run.ts';
import { stateOf } from './status.ts';

/** Kinds that use nothing themselves: shown only where they are named. */
const IDLE = new Set<Kind>(['external', 'network', 'volume']);
/** Longest that an engine may take for a sample, and how often engines are asked what runs. ms */
const [LONGEST, LOOK_EVERY] = [3_000, 5_000];

export interface TopOptions {
  /** ms between two looks. @default 1000 */
  interval?: number;
  /** Ends it. */
  signal?: AbortSignal;
}

/**
 * What all workloads (or those named) use, again and again: from the agent that samples them, else sampled here. The first look has no rates yet.
 * Throws PJ6091 for an id that the state does not know.
 */
export async function* topRun(run: Run, ids: readonly string[], options: TopOptions): AsyncGenerator<TopLook> {
  const { interval = 1000 } = options;
  const signal = AbortSignal.any([run.signal, ...(options.signal === undefined ? [] : [options.signal])]);
  const { snapshot } = await run.store.load();
  for (const id of ids) recordIn(snapshot, id);
  const link = awakeLink({ project: run.dir, env: run.options.env ?? process.env, version: VERSION });
  const watcher = new Watcher(run, link, signal);
  try {
    for (let next = run.clock.monotonic(); !signal.aborted; ) {
      const look = await watcher.look(ids);
      if (signal.aborted) return;
      yield look;
      // A slow engine makes looks fewer, it does not pile them up.
      next = Math.max(next + interval, run.clock.monotonic());
      await run.clock.sleep(next - run.clock.monotonic(), signal);
    }
  } finally {
    link.close();
  }
}

class Watcher {
  private readonly run: Run;
  private readonly link: AwakeLink;
  private readonly signal: AbortSignal;
  private readonly state: StateView;
  private readonly host = hostMeter();
  private readonly meter = new RateMeter();
  private observed = new Map<string, Observed>();
  private looking: Promise<void> | undefined;
  private source: TopLook['source'] | undefined;
  private lookedAt = Number.NEGATIVE_INFINITY;
  private readonly faults = new Map<string, string>();

  constructor(run: Run, link: AwakeLink, signal: AbortSignal) {
    this.run = run;
    this.link = link;
    this.signal = signal;
    this.state = new StateView(run.dir, VERSION);
  }

  async look(ids: readonly string[]): Promise<TopLook> {
    // A state that cannot be read just now leaves the one before.
    await this.state.look(this.run.clock.monotonic()).catch(() => undefined);
    const records = [...this.state.watched.values()]
      .map(({ record }) => record)
      .filter(({ id, kind }) => (ids.length === 0 ? !IDLE.has(kind) : ids.includes(id)));
    const told = await this.link.ask();
    const first = this.lookedAt === Number.NEGATIVE_INFINITY;
    this.observe(records);
    // What runs is asked for beside the rest; only the first look waits for it a little.
    if (first) await Promise.race([this.looking, this.run.clock.sleep(LONGEST, this.signal)]);
    const samples = told === undefined ? await this.sample(records) : samplesOf(told);
    // Who samples otherwise may count otherwise: no rate is taken between the two.
    const source = told === undefined ? 'command' : 'agent';
    this.meter.keep(source === this.source ? new Set(records.map(({ id }) => id)) : new Set());
    this.source = source;
    const known = new Map(told?.workloads.map((one) => [one.id, one]));
    return {
      at: this.run.clock.now().toISOString(),
      source,
      notes: [
        ...(told === undefined ? [`${this.link.why()}: sampled by this command`] : []),
        ...[...this.faults.values()].sort(),
      ],
      host: this.host(),
      workloads: records.map((record) => this.describe(record, samples.get(record.id), known.get(record.id))),
    };
  }

  private describe(record: WorkloadRecord, sample: Sample | undefined, known: AwakeWorkload | undefined): TopWorkload {
    const { resources } = record.spec;
    const seen = this.observed.get(record.id);
    const [cpuQuota, memoryLimit] = [resources?.cpu ?? sample?.cpuLimit, sample?.memoryLimit ?? resources?.memory];
    const [memory, restarts] = [sample?.workingSet ?? sample?.memory, sample?.restarts ?? seen?.restarts];
    return {
      id: record.id,
      kind: record.kind,
      state: stateOf(record, seen),
      health: known?.health ?? record.health,
      ...(known?.flapping === true ? { flapping: true } : {}),
      ...(sample === undefined ? {} : this.meter.rates(record.id, sample)),
      ...(cpuQuota === undefined ? {} : { cpuQuota }),
      ...(memory === undefined ? {} : { memory }),
      ...(memoryLimit === undefined ? {} : { memoryLimit }),
      ...(sample?.threads === undefined ? {} : { threads: sample.threads }),
      ...(restarts === undefined ? {} : { restarts }),
    };
  }

  /** Asks the engines what runs, now and then, one look at a time. */
  private observe(records: readonly WorkloadRecord[]): void {
    const now = this.run.clock.monotonic();
    if (this.looking !== undefined || now - this.lookedAt < LOOK_EVERY) return;
    this.lookedAt = now;
    this.looking = this.each(records, async (provider, own) => {
      for (const one of await provider.read(own, quietly(this.signal))) this.observed.set(one.id, one);
    }).finally(() => {
      this.looking = undefined;
    });
  }

  /** Samples them here. */
  private async sample(records: readonly WorkloadRecord[]): Promise<Map<string, Sample>> {
    const samples = new Map<string, Sample>();
    await this.each(records, async (provider, own) => {
      const signal = AbortSignal.any([this.signal, AbortSignal.timeout(LONGEST)]);
      const usages = (await provider.sample?.(own, quietly(signal))) ?? [];
      const at = this.run.clock.now().toISOString();
      for (const { id, ...usage } of usages) samples.set(id, { at, ...usage });
    });
    return samples;
  }

  /** One call a provider, side by side; one that fails is told of, and the others stand. */
  private async each(
    records: readonly WorkloadRecord[],
    call: (provider: Provider, own: WorkloadRecord[]) => Promise<void>,
  ): Promise<void> {
    const names = [...new Set(records.map(({ provider }) => provider))];
    const work = async (name: string): Promise<void> => {
      try {
        const own = records.filter(({ provider }) => provider === name);
        await call(await this.run.engines.provider(name), own);
        this.faults.delete(name);
      } catch (thrown) {
        if (!this.signal.aborted) this.faults.set(name, `${name}: ${asPjError(thrown).message}`);
      }
    };
    await Promise.all(names.map(work));
  }
}

function samplesOf(told: AwakeStatus): Map<string, Sample> {
  return new Map(told.workloads.flatMap(({ id, sample }) => (sample === undefined ? [] : [[id, sample] as const])));
}
