import type { MachineCard } from '../../machine.ts';
import { cardXml } from '../xml/card.ts';
import { all, fromXml, number, one, text, toXml, type Xml } from '../xml/tree.ts';
import type { Changing } from './live.ts';
import { verify } from './verify.ts';

/** Cards that come and go, and their limits and filters. */
export async function changeCards(changing: Changing): Promise<void> {
  const { virsh, seen, machine, filter, doing, context } = changing;
  const there = cardsIn(seen.live);
  const wanted = new Set(machine.cards.map(({ mac }) => mac));
  for (const card of there.filter((one) => !wanted.has(macOf(one)))) {
    const mac = macOf(card);
    const argv = ['detach-interface', seen.uuid, text(card, '@type') ?? 'network', '--mac', mac, '--live'];
    await virsh.call(argv, doing, context);
    await verify(changing, async () =>
      (await cardsNow(changing)).some((one) => macOf(one) === mac)
        ? `the guest does not let go of the card ${mac}`
        : undefined,
    );
  }
  for (const card of machine.cards) {
    const known = there.find((one) => macOf(one) === card.mac);
    const input = toXml({ interface: cardXml(card, filter) });
    if (known === undefined)
      await virsh.call(['attach-device', seen.uuid, '/dev/stdin', '--live'], doing, context, { input });
    else {
      if (card.kind !== 'user' && text(known, 'filterref', '@filter') !== filter)
        await virsh.call(['update-device', seen.uuid, '/dev/stdin', '--live'], doing, context, { input });
      await limit(changing, card, known);
    }
  }
}

/** Kilobytes a second; 0 is no limit. */
async function limit({ virsh, seen, doing, context }: Changing, card: MachineCard, known: Xml): Promise<void> {
  const sides = [
    ['inbound', card.inboundKbps ?? 0],
    ['outbound', card.outboundKbps ?? 0],
  ] as const;
  const other = sides.filter(([side, rate]) => (number(known, 'bandwidth', side, '@average') ?? 0) !== rate);
  if (other.length === 0) return;
  const rates = other.flatMap(([side, rate]) => [`--${side}`, String(rate)]);
  await virsh.call(['domiftune', seen.uuid, card.mac, '--live', ...rates], doing, context);
}

/** The cards in a domain's XML. */
export const cardsIn = (domain: Xml): Xml[] => all(one(domain, 'devices'), 'interface');

export const macOf = (card: Xml): string => (text(card, 'mac', '@address') ?? '').toLowerCase();

async function cardsNow({ virsh, seen, doing, context }: Changing): Promise<Xml[]> {
  const told = await virsh.call(['dumpxml', seen.uuid], doing, context);
  return cardsIn(one(fromXml(told), 'domain') ?? {});
}
