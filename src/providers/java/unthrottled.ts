import { hostName } from '../../model/java-spec.ts';
import type { EnforcedResource, Spec } from '../../model/spec.ts';
import { type CgroupHost, detectCgroups } from '../../os/cgroup.ts';
import { unthrottledProcess } from '../agent/throttle.ts';

/** Why a resource of a Java application cannot be throttled on this host; undefined where it can. */
export function unthrottledJava(
  resource: EnforcedResource,
  { java }: Spec,
  host: CgroupHost = detectCgroups(),
): string | undefined {
  if (resource === 'memory' && hostName(java?.jvm) !== undefined)
    return 'the heap of a shared JVM has no parts (give it a JVM of its own: java.jvm: own)';
  return unthrottledProcess(resource, host);
}
