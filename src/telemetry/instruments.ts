import type { Attributes } from '@opentelemetry/api';
import type { Sample } from '../model/awake.ts';

/** One metric of workloads. `values`: undefined where it is not known. */
export interface Instrument {
  name: string;
  type: 'counter' | 'updown' | 'gauge';
  /** UCUM. */
  unit: string;
  description: string;
  values(sample: Sample, now: number): readonly (readonly [value: number | undefined, attributes?: Attributes])[];
}

const plain =
  (key: keyof Sample): Instrument['values'] =>
  (sample) => [[sample[key] as number | undefined]];

const instrument = (
  name: string,
  type: Instrument['type'],
  unit: string,
  description: string,
  values: keyof Sample | Instrument['values'],
): Instrument => ({
  name: `pj.workload.${name}`,
  ...{ type, unit, description },
  values: typeof values === 'function' ? values : plain(values),
});

const HEAP = { 'jvm.memory.type': 'heap' };

/**
 * One set for all kinds, so that one query compares a process with a container and a guest; units, types and attributes are those that the semantic conventions give to
 * `container.*`, `process.*` and `jvm.*`, whose own names ask for a resource a workload, which one agent that speaks for all of them has not.
 */
export const INSTRUMENTS: readonly Instrument[] = [
  instrument('cpu.time', 'counter', 's', 'CPU time used', 'cpuSeconds'),
  instrument('cpu.usage', 'gauge', '{cpu}', 'Cores in use since the sample before', 'cpu'),
  instrument('cpu.limit', 'updown', '{cpu}', 'Cores that it may use now', 'cpuLimit'),
  instrument('cpu.throttled.time', 'counter', 's', 'Time in which its quota held it back', 'throttledSeconds'),
  instrument('memory.usage', 'updown', 'By', 'Memory in use, file cache included', 'memory'),
  instrument('memory.working_set', 'updown', 'By', 'Memory without file cache that can be dropped', 'workingSet'),
  instrument('memory.limit', 'updown', 'By', 'Memory that it may use', 'memoryLimit'),
  instrument('disk.io', 'counter', 'By', 'Bytes read from and written to disks', (sample) => [
    [sample.diskRead, { 'disk.io.direction': 'read' }],
    [sample.diskWritten, { 'disk.io.direction': 'write' }],
  ]),
  instrument('disk.usage', 'updown', 'By', 'Bytes that it takes on disk', 'diskUsed'),
  instrument('network.io', 'counter', 'By', 'Bytes received and sent', (sample) => [
    [sample.networkReceived, { 'network.io.direction': 'receive' }],
    [sample.networkSent, { 'network.io.direction': 'transmit' }],
  ]),
  instrument('thread.count', 'updown', '{thread}', 'Threads', 'threads'),
  instrument('process.count', 'updown', '{process}', 'Processes', 'processes'),
  instrument('restarts', 'counter', '{restart}', 'Restarts', 'restarts'),
  instrument('oom_kills', 'counter', '{kill}', 'Processes that the kernel killed for want of memory', 'oomKills'),
  instrument('uptime', 'gauge', 's', 'Time since its start', ({ startedAt }, now) => [
    [startedAt === undefined ? undefined : Math.max(0, (now - Date.parse(startedAt)) / 1000)],
  ]),
  instrument('jvm.memory.used', 'updown', 'By', 'Memory of the JVM in use', ({ heap }) => [[heap, HEAP]]),
  instrument('jvm.memory.limit', 'updown', 'By', 'Memory that the JVM may use', ({ heapMax }) => [[heapMax, HEAP]]),
  instrument('jvm.gc.count', 'counter', '{collection}', 'Garbage collections', 'gcCount'),
  instrument('jvm.gc.time', 'counter', 's', 'Time in garbage collections', 'gcSeconds'),
  instrument('jvm.class.count', 'updown', '{class}', 'Classes loaded', 'classes'),
];
