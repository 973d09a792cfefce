import type { JsonObject } from '../../../model/json.ts';
import type { Spec } from '../../../model/spec.ts';
import type { Target } from '../../contract.ts';
import { once } from '../../once.ts';
import { defaultUri } from '../default-uri.ts';
import type { Disks, Pools } from '../disks/contract.ts';
import { openDisks } from '../disks/disks.ts';
import { folderOf } from '../folder.ts';
import type { Machine } from '../machine.ts';
import type { VmOptions } from '../runtime.ts';
import { type Virsh, virshAt } from './connection/virsh.ts';
import { machineFor } from './domain/input.ts';
import type { SeenDomain } from './domain/see.ts';
import { poolsOf } from './pools.ts';

/** What the parts of this runtime share. */
export interface LibvirtContext {
  options: VmOptions;
  virsh(uri: string): Virsh;
  /** Where a machine is: the handle says so from its create on. */
  uriOf(of: { handle: JsonObject | null; spec: Spec }): string;
  /** What every action on a machine begins with. */
  instanceOf(target: Target): Instance;
  disks(virsh: Virsh): Disks;
  /** What was read last of each connection, for whoever lists all domains next; taken out by then. */
  justRead: Map<string, { seen: SeenDomain[]; uuids: string[] }>;
  pools(virsh: Virsh): Pools;
}

/** A machine, the connection that it is on, and its folder here. */
export interface Instance {
  virsh: Virsh;
  machine: Machine;
  folder: string;
}

export function libvirtContext(options: VmOptions): LibvirtContext {
  const known = new Map<string, Virsh>();
  const virsh = (uri: string): Virsh => once(known, uri, () => virshAt(uri, options.env));
  const pools = (of: Virsh): Pools => poolsOf(of);
  const uriOf: LibvirtContext['uriOf'] = ({ handle, spec }) => {
    const told = handle?.['uri'];
    return typeof told === 'string' ? told : (spec.vm?.host ?? spec.vm?.uri ?? defaultUri(options.env));
  };
  return {
    options,
    justRead: new Map(),
    pools,
    virsh,
    uriOf,
    instanceOf(target) {
      const machine = machineFor(target, options.dir);
      return { virsh: virsh(uriOf(target)), machine, folder: folderOf(options.dir, machine.uuid, target.handle) };
    },
    disks: (of) => openDisks({ dir: options.dir, local: of.local, uri: of.uri, pools: pools(of) }),
  };
}
