import type { JsonObject } from '../../../../model/json.ts';
import type { Identity, Snapshot } from '../../../../model/record.ts';
import { taken } from '../domain/create.ts';
import { isOwn, seeAll } from '../domain/see.ts';
import { cardsIn, macOf } from '../live/cards.ts';
import { disksIn } from '../live/disks.ts';
import type { Checking } from './check.ts';
import { cardPath } from './networks.ts';

/** What another domain has already: the name, a card's address, a disk. */
export async function takenFindings(
  { virsh, machine, workload, error, warning, context }: Checking,
  identity: Identity,
  handle: JsonObject | null,
  state: Snapshot | null | undefined,
): Promise<void> {
  const { id } = workload;
  const name = typeof handle?.['name'] === 'string' ? handle['name'] : machine.name;
  const tell = state === undefined ? warning : error;
  for (const seen of await seeAll(virsh, { action: 'look at', id: 'the domains' }, context)) {
    if (isOwn(seen, identity, handle)) continue;
    if (seen.name === name) {
      const { message, hint } = taken(id, seen);
      tell('/name', message, hint);
    }
    const macs = new Set(cardsIn(seen.config).map(macOf));
    for (const [i, { mac, kind }] of machine.cards.entries())
      if (kind !== 'user' && macs.has(mac))
        tell(
          `${cardPath(workload, i)}/mac`,
          `the domain ${seen.name} has a card with the address ${mac} too`,
          'Give one of them another `mac`.',
        );
    const disks = new Set(disksIn(seen.live ?? seen.config).map(({ key }) => key));
    for (const [i, { key, file, readOnly }] of machine.disks.entries())
      if (disks.has(key) && readOnly !== true)
        tell(
          `/vm/disks/${i}/${file === undefined ? 'volume' : 'path'}`,
          `the domain ${seen.name} has the disk ${key.replace(/^\w+:/, '')} too`,
          'Two guests ruin a disk: give one of them another.',
        );
  }
}
