import { hostName } from '../../model/java-spec.ts';
import { isBelow, isObject, type Json, type Pointer } from '../../model/json.ts';
import type { UpdateClass } from '../../model/plan.ts';
import type { WorkloadRecord } from '../../model/record.ts';
import type { Spec } from '../../model/spec.ts';

interface Rule {
  below: Pointer;
  updateClass: UpdateClass;
  reason: string;
}

const rules =
  (updateClass: UpdateClass) =>
  (reason: string, ...paths: Pointer[]): Rule[] =>
    paths.map((below) => ({ below, updateClass, reason }));
const live = rules('live');
const restart = rules('restart');

/** What holds wherever it runs. */
const COMMON: readonly Rule[] = [
  ...live('pj makes the check, not the application', '/healthCheck'),
  ...live('pj samples it from outside', '/monitoring'),
  ...live('only others are told of it', '/java/ports'),
  ...live('pj acts on it when the class path changes', '/java/reloadable'),
  ...live('the application does not know of it', '/name', '/description', '/version', '/tags'),
  ...restart('what its code may do is settled when it starts', '/security'),
  ...restart('an application is told of its volumes when it starts', '/volumes'),
  ...restart('whether its end is a success or a failure is settled when it starts', '/java/type'),
  ...restart('whether it goes on without threads of its own is settled when it starts', '/java/daemon'),
  ...restart('it joins the message bus when it starts', '/java/enableMessaging'),
];

/** The first that covers a path holds. */
const OWN: readonly Rule[] = [
  ...live('the kernel takes new limits while it runs', '/resources/cpu'),
  ...live('the kernel takes new limits while it runs', '/resources/maxProcesses', '/resources/maxThreads'),
  ...live('the agent watches quotas, not the process', '/resources'),
  ...live('the agent acts on it when the process ends', '/restart'),
  ...live('the agent acts on it when the process is stopped', '/stop'),
  ...COMMON,
  ...restart('the environment of a process is fixed when it starts', '/env'),
  ...restart('a JVM gets its system properties when it starts', '/properties'),
  ...restart('a JVM gets its heap and its flags when it starts', '/java/heap', '/java/jvmArgs'),
  ...restart('a JVM goes on with the Java that it was started from', '/java/home', '/java/version'),
  ...restart('a JVM goes on with the class path that it was started with', '/java/classpath', '/java/jar'),
  ...restart('main is called once, when the JVM starts', '/java/mainClass', '/java/args'),
  ...restart('the pool is made when the JVM starts', '/java/threadPool'),
];

const SHARED: readonly Rule[] = [
  ...live('the host takes new limits while it runs', '/resources/cpu', '/resources/maxThreads'),
  ...live('quotas are watched from outside', '/resources'),
  ...live('the host changes the pool while it runs', '/java/threadPool'),
  ...live('the host acts on it when the application ends', '/restart'),
  ...live('the host acts on it when the application is stopped', '/stop'),
  ...live('it is checked against the Java of its host', '/java/version'),
  ...COMMON,
];

/** What a second loader beside the first takes up. */
const CODE: readonly Pointer[] = ['/java/classpath', '/java/jar', '/java/mainClass', '/java/args', '/properties'];

/** The update class of a path of a Java application, with the reason for people. */
export function classifyJava(
  path: Pointer,
  before: Json | undefined,
  after: Json | undefined,
  record?: WorkloadRecord,
  wanted?: Spec,
): { updateClass: UpdateClass; reason: string } {
  if (path === '/java/jvm' || path === '/java/host') {
    if (path === '/java/jvm' && nameOf(before) === nameOf(after))
      return { updateClass: 'live', reason: 'it is the same JVM' };
    return { updateClass: 'replace', reason: 'it moves to another JVM' };
  }
  const own = isOwn(record, wanted);
  const whole = path === '/resources' && memoryIn(before) !== memoryIn(after);
  if (own && (whole || isBelow(path, '/resources/memory'))) return memory(wanted);
  if (!own && CODE.some((below) => isBelow(path, below))) return code(record, wanted);
  const rule = (own ? OWN : SHARED).find(({ below }) => isBelow(path, below));
  if (rule !== undefined) return { updateClass: rule.updateClass, reason: rule.reason };
  return { updateClass: 'restart', reason: 'it is taken up when the application starts' };
}

const nameOf = (jvm: Json | undefined): string | undefined =>
  hostName(typeof jvm === 'string' ? jvm : undefined) ?? undefined;

const memoryIn = (resources: Json | undefined): Json | undefined =>
  isObject(resources) ? resources['memory'] : undefined;

function isOwn(record: WorkloadRecord | undefined, wanted: Spec | undefined): boolean {
  const runtime = record?.handle?.['runtime'];
  if (runtime === 'own' || runtime === 'shared') return runtime === 'own';
  return hostName((record?.spec ?? wanted)?.java?.jvm) === undefined;
}

/** Where no heap is said, it follows the memory. */
function memory(wanted: Spec | undefined): { updateClass: UpdateClass; reason: string } {
  if (wanted?.java?.heap !== undefined)
    return { updateClass: 'live', reason: 'the kernel takes new limits while it runs' };
  return { updateClass: 'restart', reason: 'the heap follows the memory, and a JVM gets it when it starts' };
}

function code(
  record: WorkloadRecord | undefined,
  wanted: Spec | undefined,
): { updateClass: UpdateClass; reason: string } {
  if (record?.spec.java?.reloadable === true && wanted?.java?.reloadable === true)
    return { updateClass: 'live', reason: 'a second loader takes it up beside the first' };
  return { updateClass: 'restart', reason: 'a loader goes on with what it was made from (unless it is reloadable)' };
}

/** Attributes that no restart and no replacement changes: it runs on this host, on the ports that its descriptor tells. */
export function keepsJava(attribute: string, paths: readonly Pointer[]): boolean {
  if (attribute === 'address' || attribute === 'id') return true;
  const isPort = attribute === 'ports' || attribute.startsWith('ports.');
  return isPort && !paths.some((path) => isBelow(path, '/java/ports') || isBelow('/java/ports', path));
}
