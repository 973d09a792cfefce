import type { AwakeStatus } from '../../../model/awake.ts';
import { emptySpread, OUTCOMES, type Spread, type Tally } from './tally.ts';

/** What pj's own families are made of. */
export interface OwnSource {
  tally(): Tally;
  status(): AwakeStatus;
  /** When this agent was started. Seconds since 1970. */
  startedAt: number;
}

/** A family of pj's own: its name and meaning for Prometheus and for OpenTelemetry. */
export type OwnFamily = {
  name: string;
  help: string;
  /** What its series are told apart by. */
  labels: string[];
  otel: { name: string /** UCUM. */; unit: string };
  /** Since when a counter or histogram counts: `events`, since the first event of the project that it was told of; else since this agent was started. */
  from?: 'events';
} & (
  | { type: 'counter' | 'gauge'; values(source: OwnSource): Labelled<number>[] }
  | { type: 'histogram'; values(source: OwnSource): Labelled<Spread>[] }
);

type Labelled<T> = [labels: Record<string, string>, value: T];

type Value = number | undefined | Record<string, number>;
const family = (
  type: 'counter' | 'gauge',
  name: string,
  otel: OwnFamily['otel'],
  help: string,
  labels: string[],
  value: (source: OwnSource) => Value,
): OwnFamily => ({
  ...{ type, name: `pj_${name}`, otel, help, labels },
  values(source) {
    const now = value(source);
    if (now === undefined) return [];
    if (typeof now === 'number') return [[{}, now]];
    return Object.entries(now).map(([key, one]) => {
      const words = labels.length === 1 ? [key] : key.split(' ');
      return [Object.fromEntries(labels.map((label, i) => [label, words[i] ?? ''])), one];
    });
  },
});
const counter = (
  name: string,
  otel: OwnFamily['otel'],
  help: string,
  labels: string[],
  value: (source: OwnSource) => Value,
): OwnFamily => family('counter', `${name}_total`, otel, help, labels, value);
/** One of what the tally holds. */
const counted = (
  name: string,
  unit: string,
  help: string,
  labels: string[],
  value: (tally: Tally) => Record<string, number>,
): OwnFamily => ({
  ...counter(name.replaceAll('.', '_'), told(name, unit), help, labels, ({ tally }) => value(tally())),
  from: 'events',
});
const gauge = (
  name: string,
  otel: OwnFamily['otel'],
  help: string,
  value: (source: OwnSource) => number | undefined,
): OwnFamily => family('gauge', name, otel, help, [], value);
const told = (name: string, unit: string): OwnFamily['otel'] => ({ name: `pj.${name}`, unit });

/** All that is told of pj itself. Every way out has them from here. */
export const OWN: readonly OwnFamily[] = [
  {
    ...{ type: 'histogram', name: 'pj_apply_duration_seconds', otel: told('apply.duration', 's') },
    ...{ help: 'How long applies took, by outcome.', labels: ['outcome'], from: 'events' },
    values: ({ tally }) =>
      // All from the start: a counter that begins with 1 has not increased.
      Object.entries({ ...Object.fromEntries(OUTCOMES.map((one) => [one, emptySpread()])), ...tally().applies }).map(
        ([outcome, spread]) => [{ outcome }, spread],
      ),
  },
  {
    ...{ type: 'histogram', name: 'pj_lock_wait_seconds', otel: told('lock.wait', 's'), labels: [], from: 'events' },
    help: 'How long runs waited for the lock of the state.',
    values: ({ tally }) => [[{}, tally().lockWaits]],
  },
  counted(
    'plan.actions',
    '{action}',
    'Changes that were planned and then applied.',
    ['action'],
    ({ planned }) => planned,
  ),
  counted('steps', '{step}', 'Steps of applies, by how they ended.', ['action', 'outcome'], ({ steps }) => steps),
  counted(
    'events',
    '{event}',
    'What happened to the project, by type (`pj events`).',
    ['type'],
    ({ events }) => events,
  ),
  counted('agent.actions', '{action}', 'What the agent did by itself.', ['action'], ({ actions }) => actions),
  gauge(
    'drift_detected',
    told('drift.workloads', '{workload}'),
    'Workloads that have drifted, as of the last look. Absent: nobody looks.',
    (source) => source.status().drift?.workloads.length,
  ),
  gauge(
    'drift_checked_timestamp_seconds',
    told('drift.checked', 's'),
    'When drift was looked for last, in seconds since 1970.',
    (source) => {
      const { drift } = source.status();
      return drift === undefined ? undefined : Date.parse(drift.at) / 1000;
    },
  ),
  counter(
    'samples',
    told('samples', '{sampling}'),
    'Samplings of all workloads by this agent.',
    [],
    (source) => source.status().sampling.ticks,
  ),
  counter(
    'samples_missed',
    told('samples.missed', '{sampling}'),
    'Samplings that were left out, as the one before took too long.',
    [],
    (source) => source.status().sampling.missed,
  ),
  counter(
    'sample_failures',
    told('sample.failures', '{failure}'),
    'Questions to an engine that came to nothing.',
    ['engine'],
    (source) => source.status().sampling.failures ?? {},
  ),
  gauge(
    'sampling_interval_seconds',
    told('sampling.interval', 's'),
    'Time between two samplings.',
    (source) => source.status().sampling.interval,
  ),
  gauge(
    'sampling_jitter_seconds',
    told('sampling.jitter', 's'),
    'How late the last samplings were: the 99th percentile.',
    (source) => source.status().sampling.jitterP99 / 1000,
  ),
  gauge(
    'agent_start_time_seconds',
    told('agent.start_time', 's'),
    'When the agent was started, in seconds since 1970.',
    (source) => source.startedAt,
  ),
  counter('agent_cpu_seconds', told('agent.cpu.time', 's'), 'CPU time that the agent itself has used.', [], () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  }),
  gauge('agent_resident_memory_bytes', told('agent.memory.usage', 'By'), 'Memory that the agent itself holds.', () =>
    process.memoryUsage.rss(),
  ),
];
