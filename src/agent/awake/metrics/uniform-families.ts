import type { Sample } from '../../../model/awake.ts';
import { counter, type Family, fixed, gauge, only, otel, type Series, series, sum } from './family.ts';
import type { Row } from './row.ts';
import { STATE_HELP, states } from './states.ts';

/** Kinds that something runs for, which can be up or down. */
const RUNS = ['vm', 'container', 'java', 'native', 'jvm'];
const seconds = (iso: string | undefined): number | undefined =>
  iso === undefined ? undefined : Date.parse(iso) / 1000;
const of =
  (key: Exclude<keyof Sample, 'at' | 'startedAt'>): Family['of'] =>
  ({ sample }) =>
    sample[key];

/**
 * Counts of one run. Those of a container begin at 0 with its start. What the agent itself, or a host JVM, starts again stays in its group, whose counters go on: when they stood at 0 is
 * not known then.
 */
const ofRun = (...[name, told, help, value]: Parameters<typeof counter>): Family => ({
  ...counter(name, told, help, value),
  since({ record, sample: { startedAt } }) {
    const at = Date.parse(startedAt ?? '');
    return Number.isNaN(at) || record.kind !== 'container' ? undefined : at;
  },
});

/** 1 where the last look found it at work, as far as it can be told from what it uses; nothing where it could not be looked at. */
function up({ record, sample, sampled }: Row): number | undefined {
  if (!sampled) return undefined;
  if (record.state !== 'RUNNING' && record.state !== 'PAUSED') return 0;
  if (sample.at === undefined) return undefined;
  const { cpuSeconds, memory: bytes, workingSet, threads, heap } = sample;
  return (cpuSeconds ?? bytes ?? workingSet ?? threads ?? heap) === undefined ? 0 : 1;
}

/** Use and quota of each resource that has one. */
function quotas({ record, sample }: Row): [resource: string, quota: number, used: number | undefined][] {
  const quota = record.spec.resources;
  if (quota === undefined) return [];
  const all: [string, unknown, number | undefined][] = [
    ['cpu', quota.cpu, sample.cpu],
    ['memory', quota.memory, sample.workingSet ?? sample.memory],
    ['disk', quota.disk, sample.diskUsed],
    ['threads', quota.maxThreads, sample.threads],
  ];
  return all.flatMap(([resource, limit, used]) =>
    typeof limit === 'number' && limit > 0 ? [[resource, limit, used] as [string, number, number | undefined]] : [],
  );
}

/** What its use is of its quota: more than 1 is over it. */
const ratios = (row: Row): Series[] =>
  quotas(row).flatMap(([resource, quota, used]) => (used === undefined ? [] : [series({ resource }, used / quota)]));

const HEAP = { 'jvm.memory.type': 'heap' };

/** Of OpenTelemetry alone: rates, which Prometheus makes itself, and times that it reckons from an instant. */
const otlp = (name: string, told: Family['otel'], help: string, value: Family['of']): Family => ({
  ...{ name, type: 'gauge', help, group: 'otlp', of: value },
  ...(told === undefined ? {} : { otel: told }),
});

/**
 * One set for all kinds, so that one query compares a process with a container and a guest. OpenTelemetry's units, types and attributes are those that the semantic conventions
 * give to `container.*`, `process.*` and `jvm.*`, whose own names ask for a resource a workload, which one agent that speaks for all of them has not.
 */
export const UNIFORM: readonly Family[] = [
  gauge(
    'up',
    sum('up', '1'),
    'Whether it was found at work by the last sample. Absent: its engine does not answer.',
    only(RUNS, up),
  ),
  fixed(
    gauge(
      'should_run',
      sum('should_run', '1'),
      'Whether it is to run: neither stopped nor done.',
      only(RUNS, ({ record }) => (record.desiredState === 'running' && !record.completed ? 1 : 0)),
    ),
  ),
  otlp('running', sum('running', '1'), 'Whether it is recorded to run.', ({ record }) =>
    record.state === 'RUNNING' ? 1 : 0,
  ),
  fixed(gauge('state', sum('state', '1'), `Of a workload of any kind ${STATE_HELP}`, states)),
  gauge(
    'health',
    otel('health', '1'),
    'Its health check: 1 healthy, 0 not. Absent: it has none.',
    ({ about, record }) => {
      const health = about.health ?? record.health;
      return health === 'none' ? undefined : Number(health === 'healthy');
    },
  ),
  gauge(
    'flapping',
    otel('flapping', '1'),
    'Whether its health, or its being up, changes again and again.',
    ({ about }) => (about.flapping === undefined ? undefined : Number(about.flapping)),
  ),
  gauge(
    'start_time_seconds',
    otel('start_time', 's'),
    'When it was started, in seconds since 1970.',
    ({ sample: { startedAt } }) => seconds(startedAt),
  ),
  otlp('uptime', otel('uptime', 's'), 'Time since its start.', ({ sample: { startedAt }, now }) => {
    const start = seconds(startedAt);
    return start === undefined ? undefined : Math.max(0, now / 1000 - start);
  }),
  ofRun('cpu_seconds', otel('cpu.time', 's'), 'CPU time that it has used.', of('cpuSeconds')),
  otlp('cpu_usage', otel('cpu.usage', '{cpu}'), 'Cores in use since the sample before.', of('cpu')),
  ofRun(
    'cpu_throttled_seconds',
    otel('cpu.throttled.time', 's'),
    'Time for which the kernel held it at its limit.',
    of('throttledSeconds'),
  ),
  gauge(
    'cpu_limit_cores',
    sum('cpu.limit', '{cpu}'),
    'Cores that it may use now, as kernel or engine hold it.',
    of('cpuLimit'),
  ),
  gauge('memory_usage_bytes', sum('memory.usage', 'By'), 'Memory that it uses, file cache included.', of('memory')),
  gauge(
    'memory_working_set_bytes',
    sum('memory.working_set', 'By'),
    'Memory without file cache that can be dropped.',
    of('workingSet'),
  ),
  gauge(
    'memory_limit_bytes',
    sum('memory.limit', 'By'),
    'Memory that it may use now, as kernel or engine hold it.',
    of('memoryLimit'),
  ),
  gauge('threads', sum('thread.count', '{thread}'), 'Threads.', of('threads')),
  gauge('processes', sum('process.count', '{process}'), 'Processes.', of('processes')),
  ofRun(
    'network_receive_bytes',
    otel('network.io', 'By', { attributes: { 'network.io.direction': 'receive' } }),
    'Bytes received.',
    of('networkReceived'),
  ),
  ofRun(
    'network_transmit_bytes',
    otel('network.io', 'By', { attributes: { 'network.io.direction': 'transmit' } }),
    'Bytes sent.',
    of('networkSent'),
  ),
  ofRun(
    'disk_read_bytes',
    otel('disk.io', 'By', { attributes: { 'disk.io.direction': 'read' } }),
    'Bytes read from disks.',
    of('diskRead'),
  ),
  ofRun(
    'disk_written_bytes',
    otel('disk.io', 'By', { attributes: { 'disk.io.direction': 'write' } }),
    'Bytes written to disks.',
    of('diskWritten'),
  ),
  gauge(
    'disk_usage_bytes',
    sum('disk.usage', 'By'),
    'What its volumes and what it wrote take on disk.',
    of('diskUsed'),
  ),
  counter('restarts', otel('restarts', '{restart}'), 'Restarts since it was made.', of('restarts')),
  counter(
    'oom_kills',
    otel('oom_kills', '{kill}'),
    'Processes of it that the kernel killed for want of memory.',
    of('oomKills'),
  ),
  gauge('jvm_heap_used_bytes', sum('jvm.memory.used', 'By', HEAP), 'Heap in use, of a JVM.', of('heap')),
  gauge(
    'jvm_heap_max_bytes',
    sum('jvm.memory.limit', 'By', HEAP),
    'Largest that the heap may get, of a JVM.',
    of('heapMax'),
  ),
  counter('jvm_gc_collections', otel('jvm.gc.count', '{collection}'), 'Garbage collections, of a JVM.', of('gcCount')),
  counter('jvm_gc_seconds', otel('jvm.gc.time', 's'), 'Time in garbage collection, of a JVM.', of('gcSeconds')),
  gauge('jvm_classes_loaded', sum('jvm.class.count', '{class}'), 'Classes that are loaded, of a JVM.', of('classes')),
  gauge('quota', otel('quota.limit', '1'), 'Its quota (`resources`): cores, bytes, threads.', (row) =>
    quotas(row).map(([resource, quota]) => series({ resource }, quota)),
  ),
  gauge('quota_usage_ratio', otel('quota.usage_ratio', '1'), 'What its use is of its quota (`resources`).', ratios),
];
