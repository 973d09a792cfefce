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
/** Longest that is waited for an engine, how long one that did not answer is left alone then, and after which an answer to what runs is given up. ms */
const [LONGEST, MUTE_FOR, ABANDONED] = [3_000, 15_000, 30_000];
/** How often engines are asked what runs. ms */
const LOOK_EVERY = 5_000;

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
  const end = new AbortController();
  const given = options.signal === undefined ? [] : [options.signal];
  const signal = AbortSignal.any([run.signal, end.signal, ...given]);
  const { snapshot } = await run.store.load();
  for (const id of ids) recordIn(snapshot, id);
  const link = awakeLink({ project: run.dir, env: run.options.env ?? process.env, version: VERSION });
  const watcher = new Watcher(run, link, signal);
  try {
    for (let next = run.clock.monotonic(); !signal.aborted; ) {
      const look = await watcher.look(ids);
      if (signal.aborted) return;
      yield look;
      // A slow engine makes looks fewer, it does not pile them up; between any two is time in which something is used.
      next = Math.max(next + interval, run.clock.monotonic() + interval / 4);
      await run.clock.sleep(next - run.clock.monotonic(), signal);
    }
  } finally {
    end.abort();
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
  /** For people, by call and provider; and when a call that was not answered may be made again (monotonic ms). */
  private readonly faults = new Map<string, string>();
  private readonly mute = new Map<string, number>();

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
    const answer = await this.link.ask();
    const { told } = answer;
    const first = this.lookedAt === Number.NEGATIVE_INFINITY;
    this.observe(records);
    // What runs is asked for beside the rest; only the first look waits for it.
    if (first) await this.looking;
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
        ...(answer.told === undefined ? [`${answer.why}: sampled by this command`] : []),
        ...new Set([...this.faults.values()].sort()),
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
      // What was recorded, or seen some time ago, says nothing of what an engine that cannot be asked runs now.
      state: this.faults.has(faultOf('read', record.provider)) ? 'UNKNOWN' : stateOf(record, seen),
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
    this.looking = this.each('read', records, async (provider, own, signal) => {
      for (const one of await provider.read(own, quietly(signal))) this.observed.set(one.id, one);
    }).finally(() => {
      this.looking = undefined;
    });
  }

  /** Samples them here. */
  private async sample(records: readonly WorkloadRecord[]): Promise<Map<string, Sample>> {
    const samples = new Map<string, Sample>();
    await this.each('sample', records, async (provider, own, signal) => {
      const usages = (await provider.sample?.(own, quietly(signal))) ?? [];
      const at = this.run.clock.now().toISOString();
      for (const { id, ...usage } of usages) samples.set(id, { at, ...usage });
    });
    return samples;
  }

  /**
   * One call a provider, side by side; one that fails is told of, and the others stand. None is waited for longer than LONGEST, not even where it does not
   * heed the signal; it is left alone then for a while, and until that call has ended.
   */
  private async each(
    what: Call,
    records: readonly WorkloadRecord[],
    call: (provider: Provider, own: WorkloadRecord[], signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const { clock, engines } = this.run;
    const names = [...new Set(records.map(({ provider }) => provider))];
    const work = async (name: string): Promise<void> => {
      const key = faultOf(what, name);
      if ((this.mute.get(key) ?? Number.NEGATIVE_INFINITY) > clock.monotonic()) return;
      const over = new AbortController();
      const signal = AbortSignal.any([this.signal, over.signal]);
      const own = records.filter(({ provider }) => provider === name);
      const asked = (async () => call(await engines.provider(name), own, signal))();
      const waited = new AbortController();
      const late = clock.sleep(LONGEST, AbortSignal.any([signal, waited.signal])).then(() => 'late' as const);
      try {
        if ((await Promise.race([asked, late])) !== 'late') this.faults.delete(key);
        else if (!this.signal.aborted) {
          this.faults.set(key, `${name}: does not answer within ${LONGEST / 1000} s`);
          this.mute.set(key, Number.POSITIVE_INFINITY);
          const fail = (): void => void this.mute.set(key, clock.monotonic() + MUTE_FOR);
          // How things are may be told late; what they use may not.
          const answered = (): void => {
            this.mute.delete(key);
            this.faults.delete(key);
          };
          asked.then(what === 'read' ? answered : fail, fail);
          if (what === 'sample') over.abort();
          else void clock.sleep(ABANDONED - LONGEST, signal).then(() => over.abort());
        }
      } catch (thrown) {
        if (!this.signal.aborted) this.faults.set(key, `${name}: ${asPjError(thrown).message}`);
      } finally {
        waited.abort();
      }
    };
    await Promise.all(names.map(work));
  }
}

type Call = 'read' | 'sample';
const faultOf = (what: Call, provider: string): string => `${what} ${provider}`;

function samplesOf(told: AwakeStatus): Map<string, Sample> {
  return new Map(told.workloads.flatMap(({ id, sample }) => (sample === undefined ? [] : [[id, sample] as const])));
}
