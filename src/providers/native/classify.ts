import { isBelow, type Json, type Pointer } from '../../model/json.ts';
import type { UpdateClass } from '../../model/plan.ts';

interface Rule {
  below: Pointer;
  updateClass: UpdateClass;
  reason: string;
}

const live = (reason: string, ...paths: Pointer[]): Rule[] =>
  paths.map((below) => ({ below, updateClass: 'live', reason }));
const restart = (reason: string, ...paths: Pointer[]): Rule[] =>
  paths.map((below) => ({ below, updateClass: 'restart', reason }));

/** The first that covers a path holds. */
const RULES: readonly Rule[] = [
  ...live('the kernel takes new limits while it runs', '/resources/cpu', '/resources/memory'),
  ...live('the kernel takes new limits while it runs', '/resources/maxProcesses', '/resources/maxThreads'),
  ...live('the agent watches quotas, not the process', '/resources'),
  ...live('the agent acts on it when the process ends', '/restart', '/native/successExitCodes'),
  ...live('the agent acts on it when the process is stopped', '/stop', '/native/stopCommand'),
  ...live('pj makes the check, not the process', '/healthCheck'),
  ...live('pj samples it from outside', '/monitoring'),
  ...live('the agent rotates the logs from outside', '/native/logs'),
  ...live('only others are told of it', '/native/ports', '/native/nativeImage'),
  ...live('the process does not know of it', '/name', '/description', '/version', '/tags'),
  ...restart('the environment of a process is fixed when it starts', '/env', '/properties'),
  ...restart('the arguments of a process are fixed when it starts', '/native/args'),
  ...restart('a process goes on with the program that it was started from', '/native/command'),
  ...restart('a process is started in its working directory', '/native/workdir'),
  ...restart('a process gets its user when it starts', '/native/user', '/native/group'),
  ...restart('a process gets its umask when it starts', '/native/umask'),
  ...restart('children that already run would keep the old limits', '/native/rlimits'),
  ...restart('a sandbox is made when the process starts', '/security'),
  ...restart('a process is told of its volumes when it starts', '/volumes'),
  ...restart('whether its end is a success or a failure is settled when it starts', '/native/type'),
];

/** The update class of a path of a native workload, with the reason for people. */
export function classifyNative(
  path: Pointer,
  _before: Json | undefined,
  _after: Json | undefined,
): { updateClass: UpdateClass; reason: string } {
  const rule = RULES.find(({ below }) => isBelow(path, below));
  if (rule !== undefined) return { updateClass: rule.updateClass, reason: rule.reason };
  return { updateClass: 'restart', reason: 'it is taken up when the process starts' };
}

/** Attributes of a native workload that no restart and no replacement changes: it runs on this host, on the ports that its descriptor tells. */
export function keepsNative(attribute: string, paths: readonly Pointer[]): boolean {
  if (attribute === 'address' || attribute === 'id') return true;
  const isPort = attribute === 'ports' || attribute.startsWith('ports.');
  return isPort && !paths.some((path) => isBelow(path, '/native/ports') || isBelow('/native/ports', path));
}
