import { portMappings } from '../descriptors/ports.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { type Context, refuse } from './context.ts';
import { type Fields, withFields } from './fields.ts';
import { type Scalar, textOf } from './tree.ts';

/** The published ports of a service. */
export function portsOf(context: Context, fields: Fields): Json[] {
  fields.drop('expose', 'every port can be reached within a network, published or not', '');
  return fields.items('ports').flatMap((item, i): Json[] => {
    const key = `${fields.path}.ports[${i}]`;
    if (item.type === 'scalar') return shortPort(context, item, key);
    if (item.type === 'list') {
      refuse(context, item.spot, key, 'it must be a port or a map');
      return [];
    }
    return withFields(context, item, key, (port) => {
      port.drop('mode', 'pj always publishes on this host', '');
      port.drop('name', 'ports have no names', '');
      port.drop('app_protocol', 'pj does not look at what is spoken', '');
      const [container, host, hostIp, protocol] = ['target', 'published', 'host_ip', 'protocol'].map((k) =>
        port.scalar(k),
      );
      if (container === undefined) {
        refuse(context, item.spot, key, 'it lacks `target`');
        return [];
      }
      const published = host === undefined || textOf(host) === '0' ? '' : textOf(host);
      if (published.includes('-')) {
        const text = `${published}:${textOf(container)}${protocol === undefined ? '' : `/${textOf(protocol)}`}`;
        return shortPort(
          context,
          { ...container, value: hostIp === undefined ? text : `${bracketed(textOf(hostIp))}:${text}` },
          key,
        );
      }
      const mapping: JsonObject = {
        container: numberOr(textOf(container)),
        ...(published === '' ? {} : { host: numberOr(published) }),
        ...(hostIp === undefined ? {} : { hostIp: textOf(hostIp) }),
        ...(protocol === undefined || textOf(protocol) === 'tcp' ? {} : { protocol: textOf(protocol) }),
      };
      return [mapping];
    });
  });
}

function shortPort(context: Context, item: Scalar, key: string): Json[] {
  const text = textOf(item).replace(/\/tcp$/, '');
  if (portMappings(text) !== undefined) return [text];
  // A range on the host for one port of the container: Compose takes what is free.
  const range = /^(.*?:)?(\d+)-\d+:(\d+)(\/\w+)?$/.exec(text);
  if (range !== null) {
    const first = `${range[1] ?? ''}${range[2]}:${range[3]}${range[4] ?? ''}`;
    context.note(
      item.spot,
      key,
      'pj does not look for a free port in a range: the first one was taken',
      `Correct ${first}, where it is another.`,
    );
    if (portMappings(first) !== undefined) return [first];
  }
  refuse(context, item.spot, key, 'it is no port, nor `[ip:]host:container[/protocol]` with ranges of one length');
  return [];
}

const bracketed = (ip: string): string => (ip.includes(':') ? `[${ip.replace(/^\[|\]$/g, '')}]` : ip);
const numberOr = (text: string): Json => (/^\d+$/.test(text) ? Number(text) : text);
