import type { JsonObject } from '../../../model/json.ts';
import type { Spec } from '../../../model/spec.ts';
import type { Disks, Pools } from '../disks/contract.ts';
import { openDisks } from '../disks/disks.ts';
import type { VmOptions } from '../runtime.ts';
import { defaultUri, type Virsh, virshAt } from './connection/virsh.ts';
import type { SeenDomain } from './domain/see.ts';
import { poolsOf } from './pools.ts';

/** What the parts of this runtime share. */
export interface LibvirtContext {
  options: VmOptions;
  virsh(uri: string): Virsh;
  /** Where a machine is: the handle says so from its create on. */
  uriOf(of: { handle: JsonObject | null; spec: Spec }): string;
  disks(virsh: Virsh): Disks;
  /** What was read last of each connection, for whoever lists all domains next; taken out by then. */
  justRead: Map<string, { seen: SeenDomain[]; uuids: string[] }>;
  pools(virsh: Virsh): Pools;
}

export function libvirtContext(options: VmOptions): LibvirtContext {
  const known = new Map<string, Virsh>();
  const pools = (virsh: Virsh): Pools => poolsOf(virsh);
  return {
    options,
    justRead: new Map(),
    pools,
    virsh(uri) {
      const virsh = known.get(uri) ?? virshAt(uri, options.env);
      known.set(uri, virsh);
      return virsh;
    },
    uriOf({ handle, spec }) {
      const told = handle?.['uri'];
      return typeof told === 'string' ? told : (spec.vm?.host ?? spec.vm?.uri ?? defaultUri(options.env));
    },
    disks: (virsh) => openDisks({ dir: options.dir, local: virsh.local, uri: virsh.uri, pools: pools(virsh) }),
  };
}
