import type { JsonObject } from '../model/json.ts';
import type { Context } from './context.ts';
import { type Fields, withFields } from './fields.ts';
import type { Use } from './things.ts';

/** How a service is connected. */
export interface Connections {
  /** Keys of `container`. */
  keys: JsonObject;
  uses: Use[];
}

/** The networks of a service. Compose puts it into the network `default` where it names none, and calls it by its name in all of them. */
export function connectionsOf(context: Context, fields: Fields, service: string): Connections {
  const mode = fields.text('network_mode');
  const mac = fields.text('mac_address');
  // Others may know it by either.
  const names = [...new Set([service, fields.text('container_name') ?? service])];
  if (mode !== undefined) {
    fields.drop('networks', 'a network mode is given, too', 'Keep one of them.');
    const keys = networkMode(fields, mode);
    if (keys !== undefined) {
      if (mac !== undefined) fields.drop('mac_address', 'it is in no network that could have it', '');
      return { keys, uses: [] };
    }
  }
  const named = mode === undefined ? fields.named('networks', undefined) : [];
  if (named.length === 0) {
    const own = { name: 'default', aliases: names, ...(mac === undefined ? {} : { mac }) };
    return { keys: { networks: [own] }, uses: [{ name: 'default', spot: fields.spot }] };
  }
  const uses: Connections['uses'] = [];
  const networks = named.map(([name, value, spot], i): JsonObject => {
    uses.push({ name, spot });
    const first: JsonObject = { name, aliases: names, ...(i === 0 && mac !== undefined ? { mac } : {}) };
    if (value.type !== 'table') return first;
    return withFields(context, value, `${fields.path}.networks.${name}`, (network) => {
      const aliases = [...new Set([...names, ...network.texts('aliases').map(({ value: alias }) => String(alias))])];
      const [address, address6] = [network.text('ipv4_address'), network.text('ipv6_address')];
      const own = network.text('mac_address');
      for (const key of ['priority', 'gw_priority'])
        network.drop(key, 'the order of networks is as they are listed', 'List the one for the default route first.');
      network.drop('link_local_ips', 'pj gives no such addresses', '');
      network.drop('driver_opts', 'pj gives no options to a single connection', "Use the network's own `options`.");
      network.drop('interface_name', 'the engine names the interfaces', '');
      return {
        ...first,
        aliases,
        ...(address === undefined ? {} : { address }),
        ...(address6 === undefined ? {} : { address6 }),
        ...(own === undefined ? {} : { mac: own }),
      };
    });
  });
  return { keys: { networks }, uses };
}

/** `host`, `none` and `bridge` are the engine's own; undefined for what pj cannot do. */
function networkMode(fields: Fields, mode: string): JsonObject | undefined {
  if (mode === 'host' || mode === 'none' || mode === 'bridge') return { networkMode: mode };
  const other = /^(service|container):(.*)$/.exec(mode);
  const what =
    other === null ? `the network mode \`${mode}\` is not known` : `it cannot share the network of ${other[2]}`;
  fields.drop(
    'network_mode',
    `${what}: it was put into the network \`default\``,
    'Reach the other by its name, and publish its ports where it is.',
  );
  return undefined;
}
