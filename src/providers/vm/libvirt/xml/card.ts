import type { MachineCard } from '../../machine.ts';
import type { Xml } from './tree.ts';

/** The network that a card is in where none is named. */
export const DEFAULT_NETWORK = 'default';

/** A network card. `filter`: the nwfilter with its rules. */
export function cardXml(card: MachineCard, filter: string | undefined): Xml {
  const source: Record<MachineCard['kind'], Xml> = {
    network: { source: { '@network': card.name ?? DEFAULT_NETWORK } },
    bridge: { source: { '@bridge': card.bridge ?? '' } },
    user: {},
  };
  return {
    '@type': card.kind,
    mac: { '@address': card.mac },
    ...source[card.kind],
    model: { '@type': card.model },
    ...bandwidth(card),
    ...(filter === undefined || card.kind === 'user' ? {} : { filterref: { '@filter': filter } }),
  };
}

function bandwidth({ inboundKbps, outboundKbps }: MachineCard): Xml {
  if (inboundKbps === undefined && outboundKbps === undefined) return {};
  return {
    bandwidth: {
      ...(inboundKbps === undefined ? {} : { inbound: { '@average': inboundKbps } }),
      ...(outboundKbps === undefined ? {} : { outbound: { '@average': outboundKbps } }),
    },
  };
}
