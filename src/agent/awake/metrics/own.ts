import { Counter, Gauge, type Metric, Registry } from 'prom-client';
import type { AwakeStatus } from '../../../model/awake.ts';
import { BOUNDS, emptySpread, OUTCOMES, type Spread, type Tally } from './tally.ts';

/** What pj's own families are made of at a scrape. */
export interface OwnSource {
  tally(): Tally;
  status(): AwakeStatus;
  /** Seconds since 1970. */
  startedAt: number;
}

/** pj's own families, in a registry of their own: the default one belongs to nobody. */
export function ownRegistry(source: OwnSource): Registry {
  const registry = new Registry();
  const registers = [registry];
  /** `values`: of each combination of labels. */
  const counter = <L extends string>(
    name: string,
    help: string,
    labelNames: L[],
    values: () => Labelled<L>[],
  ): void => {
    const metric: Counter<L> = new Counter({
      ...{ name, help, labelNames, registers },
      collect() {
        metric.reset();
        for (const [labels, value] of values()) metric.inc(labels, value);
      },
    });
  };
  const gauge = (name: string, help: string, value: () => number | undefined): void => {
    const metric: Gauge = new Gauge({
      ...{ name, help, registers },
      collect() {
        const now = value();
        if (now === undefined) metric.remove();
        else metric.set(now);
      },
    });
  };
  const spreads = (name: string, help: string, values: () => [Record<string, string>, Spread][]): void => {
    registry.registerMetric(new Spreads(name, help, values) as unknown as Metric);
  };
  const { tally, status } = source;
  const by = <L extends string>(label: L, counts: Record<string, number>): Labelled<L>[] =>
    Object.entries(counts).map(([key, value]) => [{ [label]: key } as Record<L, string>, value]);
  const alone = (value: number): Labelled<never>[] => [[{} as Record<never, string>, value]];

  spreads('pj_apply_duration_seconds', 'How long applies took, by outcome.', () =>
    // All from the start: a counter that begins with 1 has not increased.
    Object.entries({ ...Object.fromEntries(OUTCOMES.map((one) => [one, emptySpread()])), ...tally().applies }).map(
      ([outcome, spread]) => [{ outcome }, spread],
    ),
  );
  spreads('pj_lock_wait_seconds', 'How long runs waited for the lock of the state.', () => [[{}, tally().lockWaits]]);
  counter('pj_plan_actions_total', 'Changes that were planned and then applied.', ['action'], () =>
    by('action', tally().planned),
  );
  counter('pj_steps_total', 'Steps of applies, by how they ended.', ['action', 'outcome'], () =>
    Object.entries(tally().steps).map(([key, value]) => {
      const [action = '', outcome = ''] = key.split(' ');
      return [{ action, outcome }, value];
    }),
  );
  counter('pj_events_total', 'What happened to the project, by type (`pj events`).', ['type'], () =>
    by('type', tally().events),
  );
  counter('pj_agent_actions_total', 'What the agent did by itself.', ['action'], () => by('action', tally().actions));
  gauge('pj_drift_detected', 'Workloads that have drifted, as of the last look. Absent: nobody looks.', () => {
    const { drift } = status();
    return drift?.workloads.length;
  });
  gauge('pj_drift_checked_timestamp_seconds', 'When drift was looked for last, in seconds since 1970.', () => {
    const { drift } = status();
    return drift === undefined ? undefined : Date.parse(drift.at) / 1000;
  });
  counter('pj_samples_total', 'Samplings of all workloads by this agent.', [], () => alone(status().sampling.ticks));
  counter('pj_samples_missed_total', 'Samplings that were left out, as the one before took too long.', [], () =>
    alone(status().sampling.missed),
  );
  counter('pj_sample_failures_total', 'Questions to an engine that came to nothing.', ['engine'], () =>
    by('engine', status().sampling.failures ?? {}),
  );
  gauge('pj_sampling_interval_seconds', 'Time between two samplings.', () => status().sampling.interval);
  gauge(
    'pj_sampling_jitter_seconds',
    'How late the last samplings were: the 99th percentile.',
    () => status().sampling.jitterP99 / 1000,
  );
  gauge('pj_agent_start_time_seconds', 'When the agent was started, in seconds since 1970.', () => source.startedAt);
  counter('pj_agent_cpu_seconds_total', 'CPU time that the agent itself has used.', [], () => {
    const { user, system } = process.cpuUsage();
    return alone((user + system) / 1e6);
  });
  gauge('pj_agent_resident_memory_bytes', 'Memory that the agent itself holds.', () => process.memoryUsage.rss());
  return registry;
}

type Labelled<L extends string> = [Record<L, string>, number];

/** A histogram that was counted elsewhere: prom-client's own cannot be taken up where another process left it. */
class Spreads {
  readonly type = 'histogram';
  readonly name: string;
  readonly help: string;
  private readonly values: () => [Record<string, string>, Spread][];

  constructor(name: string, help: string, values: () => [Record<string, string>, Spread][]) {
    this.name = name;
    this.help = help;
    this.values = values;
  }

  async get(): Promise<object> {
    const values = this.values().flatMap(([labels, { count, sum, buckets }]) => {
      let below = 0;
      const of = (suffix: string, value: number, more: object = {}) => ({
        ...{ metricName: `${this.name}_${suffix}`, labels: { ...more, ...labels }, value },
      });
      return [
        ...BOUNDS.map((le, i) => {
          below += buckets[i] ?? 0;
          return of('bucket', below, { le });
        }),
        of('bucket', count, { le: '+Inf' }),
        of('sum', sum),
        of('count', count),
      ];
    });
    return { name: this.name, help: this.help, type: this.type, values };
  }
}
