import type { PortMapping } from '../../../../model/container-spec.ts';
import type { CallContext } from '../../../contract.ts';
import type { Doing } from '../../disks/contract.ts';
import type { MachineCard } from '../../machine.ts';
import { refusal } from '../connection/complaint.ts';
import type { Virsh } from '../connection/virsh.ts';
import { all, text, type Xml } from '../xml/tree.ts';

/** A port of the host's that QEMU forwards into a user network. */
export interface Forward {
  /** The network, as QEMU calls it. */
  net: string;
  protocol: 'tcp' | 'udp';
  hostIp: string;
  host: number;
  container: number;
}

const LINE = /^\s+(TCP|UDP)\[HOST_FORWARD\]\s+\d+\s+(\S+)\s+(\d+)\s+\S+\s+(\d+)/;

/** What `info usernet` of QEMU's monitor says. */
export function forwardsIn(told: string): Forward[] {
  let net = '';
  return told.split('\n').flatMap((line) => {
    net = /^Hub .*\((\S+)\)/.exec(line)?.[1] ?? net;
    const [, protocol, hostIp, host, container] = LINE.exec(line) ?? [];
    if (protocol === undefined || hostIp === undefined) return [];
    return [
      {
        net,
        protocol: protocol === 'UDP' ? ('udp' as const) : ('tcp' as const),
        hostIp: hostIp === '*' ? ANY : hostIp,
        host: Number(host),
        container: Number(container),
      },
    ];
  });
}

const ANY = '0.0.0.0';

/** Makes QEMU forward just these ports. libvirt knows nothing of them: they have to be given to each run anew. */
export async function applyForwards(
  virsh: Virsh,
  domain: { uuid: string; live: Xml; forwards: readonly Forward[] },
  cards: readonly MachineCard[],
  doing: Doing,
  context: CallContext,
): Promise<void> {
  for (const card of cards) {
    const net = card.kind === 'user' ? netOf(domain.live, card.mac) : undefined;
    if (net === undefined) continue;
    const there = domain.forwards.filter((one) => one.net === net);
    const wanted = card.ports ?? [];
    for (const one of there.filter((each) => !wanted.some((port) => isMet(port, each))))
      await monitor(
        virsh,
        domain.uuid,
        `hostfwd_remove ${net} ${one.protocol}:${one.hostIp}:${one.host}`,
        doing,
        context,
      );
    for (const port of wanted.filter((each) => !there.some((one) => isMet(each, one)))) {
      const from = `${port.protocol ?? 'tcp'}:${port.hostIp ?? ANY}:${port.host ?? 0}`;
      await monitor(virsh, domain.uuid, `hostfwd_add ${net} ${from}-:${port.container}`, doing, context);
    }
  }
}

/** Whether it is the forward that was asked for. */
export const isMet = (port: PortMapping, forward: Forward): boolean =>
  forward.container === port.container &&
  forward.protocol === (port.protocol ?? 'tcp') &&
  forward.hostIp === (port.hostIp ?? ANY) &&
  (port.host === undefined || port.host === forward.host);

/** The user network of a card, as QEMU calls it. */
export function netOf(live: Xml, mac: string): string | undefined {
  const card = all(live['devices'] as Xml, 'interface').find((one) => text(one, 'mac', '@address') === mac);
  const alias = card === undefined ? undefined : text(card, 'alias', '@name');
  return alias === undefined ? undefined : `host${alias}`;
}

/** QEMU tells what it could not do as text, and libvirt calls that a success. */
async function monitor(virsh: Virsh, uuid: string, command: string, doing: Doing, context: CallContext): Promise<void> {
  const said = await virsh.call(['qemu-monitor-command', uuid, '--hmp', command], doing, context);
  if (/could not|invalid|error|not found/i.test(said)) throw refusal(doing, `${said.trim()} (is the port taken?)`);
}
