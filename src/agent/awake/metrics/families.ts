import { type LifecycleState, TRANSITIONS } from '../../../model/lifecycle.ts';
import type { Row } from './row.ts';

/** What may be asked for alone: `/metrics?collect[]=workload`. */
export const GROUPS = ['workload', 'document', 'pj'] as const;
export type Group = (typeof GROUPS)[number];

/** A family of series, one or more a workload. */
export interface Family {
  name: string;
  type: 'counter' | 'gauge' | 'untyped';
  help: string;
  group: 'workload' | 'document';
  /** They depend on its record alone, so that they are written once for as long as that stands. */
  fixed?: true;
  /** The series of one workload; undefined: it has none. A number is the one with its own labels alone. */
  of(row: Row): number | undefined | Series[];
}

/** `more`: labels beside the workload's own, as the text format writes them. */
export interface Series {
  more: string;
  value: number;
}

const STATES = Object.keys(TRANSITIONS) as LifecycleState[];
const STATE_LABELS: ReadonlyMap<LifecycleState, Series[]> = new Map(
  STATES.map((now) => [now, STATES.map((state) => ({ more: `state="${state}"`, value: state === now ? 1 : 0 }))]),
);

/** One series for each state, 1 for the one it is in. */
export const states = ({ record }: Row): Series[] | undefined => STATE_LABELS.get(record.state);

const mib = (bytes: number | undefined): number | undefined => (bytes === undefined ? undefined : bytes / 2 ** 20);
const only =
  (kinds: readonly string[], of: Family['of']): Family['of'] =>
  (row) =>
    kinds.includes(row.record.kind) ? of(row) : undefined;

const fixed = (family: Family): Family => ({ ...family, fixed: true });

/** Of the architecture document, one set a kind. Untyped where Prometheus would want another name for the type that it is. */
const document = (name: string, kinds: readonly string[], help: string, of: Family['of']): Family => ({
  name: `platform_java_${name}`,
  type: 'untyped',
  help,
  group: 'document',
  of: only(kinds, of),
});

const VMS = ['vm'];
const CONTAINERS = ['container'];
const APPS = ['java', 'jvm'];
const PROCESSES = ['native'];
const STATE = 'the state it is recorded in: 1 for that one, 0 for the others.';

const memory = ({ sample }: Row): number | undefined => mib(sample.workingSet ?? sample.memory);

const DOCUMENT: readonly Family[] = [
  document('vm_cpu_time_seconds', VMS, 'CPU time that the VM has used.', ({ sample }) => sample.cpuSeconds),
  document('vm_memory_mb', VMS, 'Memory that the VM uses, in MiB.', memory),
  fixed(document('vm_state', VMS, `Of a VM ${STATE}`, states)),
  document('container_cpu_usage', CONTAINERS, 'Cores that the container uses now.', ({ sample }) => sample.cpu),
  document('container_memory_mb', CONTAINERS, 'Memory that the container uses, in MiB.', memory),
  fixed(document('container_state', CONTAINERS, `Of a container ${STATE}`, states)),
  document('app_heap_mb', APPS, 'Heap that the JVM of the Java application uses, in MiB.', ({ sample }) =>
    mib(sample.heap),
  ),
  document('app_thread_count', APPS, 'Threads of the Java application.', ({ sample }) => sample.threads),
  document(
    'app_cpu_time_seconds',
    APPS,
    'CPU time that the Java application has used.',
    ({ sample }) => sample.cpuSeconds,
  ),
  document('process_cpu_usage', PROCESSES, 'Cores that the native process uses now.', ({ sample }) => sample.cpu),
  document('process_memory_mb', PROCESSES, 'Memory that the native process uses, in MiB.', memory),
  fixed(document('process_state', PROCESSES, `Of a native process ${STATE}`, states)),
];

const counter = (name: string, help: string, of: Family['of']): Family => ({
  ...{ name: `pj_workload_${name}_total`, type: 'counter', help, group: 'workload', of },
});
const gauge = (name: string, help: string, of: Family['of']): Family => ({
  ...{ name: `pj_workload_${name}`, type: 'gauge', help, group: 'workload', of },
});

/** Kinds that something runs for, which can be up or down. */
const RUNS = ['vm', 'container', 'java', 'native', 'jvm'];
const seconds = (iso: string | undefined): number | undefined =>
  iso === undefined ? undefined : Date.parse(iso) / 1000;

/** 1 where the last look found it at work, as far as it can be told from what it uses; nothing where it could not be looked at. */
function up({ record, sample, sampled }: Row): number | undefined {
  if (!sampled) return undefined;
  if (record.state !== 'RUNNING' && record.state !== 'PAUSED') return 0;
  if (sample.at === undefined) return undefined;
  const { cpuSeconds, memory: bytes, workingSet, threads, heap } = sample;
  return (cpuSeconds ?? bytes ?? workingSet ?? threads ?? heap) === undefined ? 0 : 1;
}

/** What its use is of its quota: more than 1 is over it. */
function ratios({ record, sample }: Row): Series[] | undefined {
  const quota = record.spec.resources;
  if (quota === undefined) return undefined;
  const pairs = {
    cpu: [sample.cpu, quota.cpu],
    memory: [sample.workingSet ?? sample.memory, quota.memory],
    disk: [sample.diskUsed, quota.disk],
    threads: [sample.threads, quota.maxThreads],
  };
  return Object.entries(pairs).flatMap(([resource, [used, of]]) =>
    used === undefined || typeof of !== 'number' || of <= 0
      ? []
      : [{ more: `resource="${resource}"`, value: used / of }],
  );
}

const UNIFORM: readonly Family[] = [
  gauge('up', 'Whether it was found at work by the last sample. Absent: its engine does not answer.', only(RUNS, up)),
  fixed(
    gauge(
      'should_run',
      'Whether it is to run: neither stopped nor done.',
      only(RUNS, ({ record }) => (record.desiredState === 'running' && !record.completed ? 1 : 0)),
    ),
  ),
  fixed(gauge('state', `Of a workload of any kind ${STATE}`, states)),
  gauge('health', 'Its health check: 1 healthy, 0 not. Absent: it has none.', ({ about, record }) => {
    const health = about.health ?? record.health;
    return health === 'none' ? undefined : Number(health === 'healthy');
  }),
  gauge('flapping', 'Whether its health, or its being up, changes again and again.', ({ about }) =>
    about.flapping === undefined ? undefined : Number(about.flapping),
  ),
  gauge('start_time_seconds', 'When it was started, in seconds since 1970.', ({ sample }) => seconds(sample.startedAt)),
  counter('cpu_seconds', 'CPU time that it has used.', ({ sample }) => sample.cpuSeconds),
  counter(
    'cpu_throttled_seconds',
    'Time for which the kernel held it at its limit.',
    (row) => row.sample.throttledSeconds,
  ),
  gauge('cpu_limit_cores', 'Cores that it may use now, as kernel or engine hold it.', ({ sample }) => sample.cpuLimit),
  gauge('memory_usage_bytes', 'Memory that it uses, file cache included.', ({ sample }) => sample.memory),
  gauge(
    'memory_working_set_bytes',
    'Memory without file cache that can be dropped.',
    ({ sample }) => sample.workingSet,
  ),
  gauge(
    'memory_limit_bytes',
    'Memory that it may use now, as kernel or engine hold it.',
    (row) => row.sample.memoryLimit,
  ),
  gauge('threads', 'Threads.', ({ sample }) => sample.threads),
  gauge('processes', 'Processes.', ({ sample }) => sample.processes),
  counter('network_receive_bytes', 'Bytes received.', ({ sample }) => sample.networkReceived),
  counter('network_transmit_bytes', 'Bytes sent.', ({ sample }) => sample.networkSent),
  counter('disk_read_bytes', 'Bytes read from disks.', ({ sample }) => sample.diskRead),
  counter('disk_written_bytes', 'Bytes written to disks.', ({ sample }) => sample.diskWritten),
  gauge('disk_usage_bytes', 'What its volumes and what it wrote take on disk.', ({ sample }) => sample.diskUsed),
  counter('restarts', 'Restarts since it was made.', ({ sample }) => sample.restarts),
  counter('oom_kills', 'Processes of it that the kernel killed for want of memory.', ({ sample }) => sample.oomKills),
  gauge('jvm_heap_used_bytes', 'Heap in use, of a JVM.', ({ sample }) => sample.heap),
  gauge('jvm_heap_max_bytes', 'Largest that the heap may get, of a JVM.', ({ sample }) => sample.heapMax),
  counter('jvm_gc_collections', 'Garbage collections, of a JVM.', ({ sample }) => sample.gcCount),
  counter('jvm_gc_seconds', 'Time in garbage collection, of a JVM.', ({ sample }) => sample.gcSeconds),
  gauge('jvm_classes_loaded', 'Classes that are loaded, of a JVM.', ({ sample }) => sample.classes),
  gauge('quota_usage_ratio', 'What its use is of its quota (`resources`).', ratios),
];

/** Every family that has its values from samples and records alone. */
export const FAMILIES: readonly Family[] = [...UNIFORM, ...DOCUMENT];
