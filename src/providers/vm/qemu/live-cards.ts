import type { PortMapping } from '../../../model/container-spec.ts';
import type { MachineCard } from '../machine.ts';
import { cardDevice, cardId, forwardOf, networkId, networkOf, tapName } from './card-devices.ts';
import { type Live, plug, quietly, unchanged, unplug } from './hot-plug.ts';
import type { Forward } from './monitor.ts';
import { makeTap, removeTap, tapsOf } from './taps.ts';

/** Plugs in the cards that are missing, takes out those that are no longer wanted, and exchanges forwarded ports. */
export async function changeCards(live: Live): Promise<void> {
  const { machine, told } = live;
  const wanted = new Set(machine.cards.map(cardId));
  for (const id of told.devices) if (id.startsWith('net-') && !wanted.has(id)) await takeOut(live, id);
  for (const card of machine.cards)
    if (!told.devices.has(cardId(card))) await putIn(live, card);
    else if (card.kind !== 'bridge') await changeForwards(live, card);
  // What an update that was killed has left behind.
  const taps = new Set(machine.cards.map(tapName));
  for (const tap of tapsOf(machine)) if (!taps.has(tap)) await removeTap(tap, live.context);
}

async function putIn(live: Live, card: MachineCard): Promise<void> {
  const { qmp, context } = live;
  await quietly(qmp.ask('netdev_del', { id: networkId(card) }));
  if (card.kind === 'bridge') await makeTap(live, card);
  try {
    await qmp.ask('netdev_add', networkOf(card));
    await plug(live, cardDevice(card));
  } catch (error) {
    await quietly(qmp.ask('netdev_del', { id: networkId(card) }));
    if (card.kind === 'bridge') await removeTap(tapName(card), context);
    throw error;
  }
}

async function takeOut(live: Live, id: string): Promise<void> {
  await unplug(live, id, 'a network card');
  const hex = id.slice('net-'.length);
  await quietly(live.qmp.ask('netdev_del', { id: `back-${hex}` }));
  await removeTap(`pj${hex}`, live.context);
}

/** Those that go first: a port may go from one to the other. */
async function changeForwards({ id, qmp, told }: Live, card: MachineCard): Promise<void> {
  const network = networkId(card);
  const there = told.forwards.filter((one) => one.network === network);
  const wanted = card.ports ?? [];
  for (const one of there)
    if (!wanted.some((port) => isSame(one, port)))
      await qmp.human(`hostfwd_remove ${network} ${one.protocol}:${one.hostIp}:${one.host}`);
  for (const port of wanted) {
    if (there.some((one) => isSame(one, port))) continue;
    const said = await qmp.human(`hostfwd_add ${network} ${forwardOf(port, card)}`);
    if (said !== '') throw unchanged(id, said);
  }
}

const isSame = (one: Forward, { container, host, hostIp, protocol }: PortMapping): boolean =>
  one.container === container &&
  one.protocol === (protocol ?? 'tcp') &&
  (host === undefined || one.host === host) &&
  (hostIp === undefined ? one.hostIp === '0.0.0.0' : one.hostIp === hostIp);
