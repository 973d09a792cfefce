import type { JsonObject } from '../../../../model/json.ts';
import type { Identity, Snapshot } from '../../../../model/record.ts';
import { taken } from '../domain/create.ts';
import { isOwn, seeAll } from '../domain/see.ts';
import { cardsIn, macOf } from '../live/cards.ts';
import { disksIn } from '../live/disks.ts';
import type { Checking } from './check.ts';

/** What another domain has already: the name, a card's address, a disk. */
export async function takenFindings(
  { virsh, machine, workload: { id }, error, warning, context }: Checking,
  identity: Identity,
  handle: JsonObject | null,
  state: Snapshot | null | undefined,
): Promise<void> {
  const name = typeof handle?.['name'] === 'string' ? handle['name'] : machine.name;
  const tell = state === undefined ? warning : error;
  for (const seen of await seeAll(virsh, { action: 'look at', id: 'the domains' }, context)) {
    if (isOwn(seen, identity, handle)) continue;
    if (seen.name === name) {
      const { message, hint } = taken(id, seen);
      tell('/name', message, hint);
    }
    const macs = new Set(cardsIn(seen.config).map(macOf));
    for (const card of machine.cards.filter(({ mac }) => macs.has(mac)))
      tell('/vm/networks', `the domain ${seen.name} has a card ${card.mac}, too`, 'Give one of them another `mac`.');
    const disks = new Set(disksIn(seen.live ?? seen.config).map(({ key }) => key));
    for (const disk of machine.disks.filter(({ key, readOnly }) => disks.has(key) && readOnly !== true))
      tell(
        '/vm/disks',
        `the domain ${seen.name} has the disk ${disk.key.replace(/^\w+:/, '')}, too`,
        'Two guests ruin a disk: give one another path.',
      );
  }
}
