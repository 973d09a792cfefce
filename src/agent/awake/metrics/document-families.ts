import { type Family, fixed, only } from './family.ts';
import type { Row } from './row.ts';
import { STATE_HELP, states } from './states.ts';

const mib = (bytes: number | undefined): number | undefined => (bytes === undefined ? undefined : bytes / 2 ** 20);

/** Untyped where Prometheus would want another name for the type that it is. */
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

const memory = ({ sample }: Row): number | undefined => mib(sample.workingSet ?? sample.memory);

/** Of the architecture document, one set a kind. */
export const DOCUMENT: readonly Family[] = [
  document('vm_cpu_time_seconds', VMS, 'CPU time that the VM has used.', ({ sample }) => sample.cpuSeconds),
  document('vm_memory_mb', VMS, 'Memory that the VM uses, in MiB.', memory),
  fixed(document('vm_state', VMS, `Of a VM ${STATE_HELP}`, states)),
  document('container_cpu_usage', CONTAINERS, 'Cores that the container uses now.', ({ sample }) => sample.cpu),
  document('container_memory_mb', CONTAINERS, 'Memory that the container uses, in MiB.', memory),
  fixed(document('container_state', CONTAINERS, `Of a container ${STATE_HELP}`, states)),
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
  fixed(document('process_state', PROCESSES, `Of a native process ${STATE_HELP}`, states)),
];
