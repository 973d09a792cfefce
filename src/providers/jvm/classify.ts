import { isBelow, type Json, type Pointer } from '../../model/json.ts';
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

/** The first that covers a path holds. */
const RULES: readonly Rule[] = [
  ...live('the kernel takes new limits while it runs', '/resources/cpu'),
  ...live('the kernel takes new limits while it runs', '/resources/maxProcesses', '/resources/maxThreads'),
  ...live('the agent watches quotas, not the JVM', '/resources'),
  ...live('the agent acts on it when the JVM ends', '/restart'),
  ...live('the agent acts on it when the JVM is stopped', '/stop'),
  ...live('pj samples it from outside', '/monitoring'),
  ...live('the JVM does not know of it', '/name', '/description', '/version', '/tags'),
  ...restart('a JVM gets its heap and its flags when it starts', '/jvm/heap', '/jvm/args'),
  ...restart('a JVM goes on with the Java that it was started from', '/jvm/home', '/jvm/version'),
  ...restart('a JVM goes on with the libraries that it was started with', '/jvm/classpath'),
  ...restart('a JVM gets its system properties when it starts', '/properties'),
  ...restart('the environment of a process is fixed when it starts', '/env'),
  ...restart('a sandbox is made when the process starts', '/security'),
  ...restart('a process is told of its volumes when it starts', '/volumes'),
];

/** The update class of a path of a host JVM, with the reason for people. */
export function classifyJvm(
  path: Pointer,
  _before: Json | undefined,
  _after: Json | undefined,
  _record?: WorkloadRecord,
  wanted?: Spec,
): { updateClass: UpdateClass; reason: string } {
  // The second is everything below it at once.
  if ((isBelow(path, '/resources/memory') || path === '/resources') && wanted?.jvm?.heap === undefined)
    return { updateClass: 'restart', reason: 'the heap follows the memory, and a JVM gets it when it starts' };
  const rule = RULES.find(({ below }) => isBelow(path, below));
  if (rule !== undefined) return { updateClass: rule.updateClass, reason: rule.reason };
  return { updateClass: 'restart', reason: 'it is taken up when the JVM starts' };
}

/** Attributes that no restart and no replacement changes. */
export const keepsJvm = (attribute: string): boolean => attribute === 'id' || attribute === 'address';
