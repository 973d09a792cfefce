import type { EnforcedResource, Spec } from '../../model/spec.ts';
import { type CgroupHost, detectCgroups } from '../../os/cgroup.ts';
import { unthrottledProcess } from '../agent/throttle.ts';

/** Why a resource of a machine cannot be throttled; undefined where it can. Whether a guest has a balloon driver shows when it is asked for memory. */
export function unthrottledVm(
  resource: EnforcedResource,
  { vm = {} }: Spec,
  host: CgroupHost = detectCgroups(),
): string | undefined {
  switch (resource) {
    case 'cpu': {
      if (vm.runtime === 'qemu') return unthrottledProcess('cpu', host);
      const uri = vm.host ?? vm.uri ?? '';
      return /\/session([/?]|$)/.test(uri)
        ? `the libvirt of a user (${uri}) may hold no share of processor time`
        : undefined;
    }
    case 'memory':
      return (vm.gpu ?? []).length > 0
        ? 'a machine that has a device of the host keeps all of its memory for it'
        : undefined;
    case 'threads':
      return 'the threads of a guest are its own: pj cannot count them';
    case 'disk':
      return 'what is on the disk does not become less by writing slower';
  }
}
