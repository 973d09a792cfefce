import type { CallContext, Target } from '../../../contract.ts';
import type { Doing } from '../../disks/contract.ts';
import type { Machine } from '../../machine.ts';
import type { Virsh } from '../connection/virsh.ts';
import { applyForwards } from '../domain/forwards.ts';
import type { SeenDomain } from '../domain/see.ts';
import type { Xml } from '../xml/tree.ts';
import { changeCards } from './cards.ts';
import { changeDisks } from './disks.ts';
import { changeMemory, changeQuota, changeVcpus } from './processor.ts';

/** One change of a domain that runs. */
export interface Changing {
  virsh: Virsh;
  seen: SeenDomain & { live: Xml };
  target: Target;
  machine: Machine;
  /** Its nwfilter, where it has rules. */
  filter: string | undefined;
  secrets: ReadonlyMap<string, string>;
  doing: Doing;
  context: CallContext;
}

/** Makes a domain that runs what its machine is to be, as far as that can be done while it runs; each change is read back. Throws PJ5510 where the guest does not take it up. */
export async function changeLive(changing: Changing): Promise<void> {
  const { virsh, seen, machine, doing, context } = changing;
  await changeQuota(changing);
  await changeVcpus(changing);
  await changeMemory(changing);
  await changeDisks(changing);
  await changeCards(changing);
  await applyForwards(virsh, seen, machine.cards, doing, context);
}
