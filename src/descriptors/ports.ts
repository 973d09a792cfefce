import type { Json, JsonObject } from '../model/json.ts';
import { port } from './quantity.ts';

/** A published port, normalised. */
export type PortMapping = {
  container: number;
  host?: number;
  hostIp?: string;
  /** Absent: tcp. */
  protocol?: 'tcp' | 'udp' | 'sctp';
};

const FORM =
  /^(?:(\[[0-9A-Fa-f:.]+\]|[0-9.]+):(?=[0-9]*(?:-[0-9]+)?:))?(?:(\d*)(?:-(\d+))?:)?(\d+)(?:-(\d+))?(?:\/(tcp|udp|sctp))?$/;

/**
 * The mappings that one entry stands for: `80`, `8080:80`, `127.0.0.1:8080:80/udp`, ranges `8000-8009:80-89`, or an object.
 * Undefined when it is none, or its ranges are of unlike length.
 */
export function portMappings(entry: Json): PortMapping[] | undefined {
  if (typeof entry === 'object' && entry !== null && !Array.isArray(entry)) return fromObject(entry);
  const found = FORM.exec(String(entry));
  if (found === null) return undefined;
  const [, hostIp, hostFrom, hostTo, from, to, protocol] = found;
  const first = port(from);
  const last = to === undefined ? first : port(to);
  if (first === undefined || last === undefined || last < first) return undefined;
  let host: number | undefined;
  if (hostFrom !== undefined && hostFrom !== '') {
    host = port(hostFrom);
    const hostLast = hostTo === undefined ? host : port(hostTo);
    if (host === undefined || hostLast === undefined || hostLast - host !== last - first) return undefined;
  } else if (hostTo !== undefined) return undefined;
  return Array.from({ length: last - first + 1 }, (_, i) => ({
    container: first + i,
    ...(host === undefined ? {} : { host: host + i }),
    ...(hostIp === undefined ? {} : { hostIp: hostIp.replace(/^\[|\]$/g, '') }),
    ...(protocol === undefined || protocol === 'tcp' ? {} : { protocol: protocol as 'udp' | 'sctp' }),
  }));
}

function fromObject(entry: JsonObject): PortMapping[] | undefined {
  const container = port(entry['container']);
  const host = port(entry['host']);
  if (container === undefined || (entry['host'] !== undefined && host === undefined)) return undefined;
  const { hostIp, protocol } = entry;
  return [
    {
      container,
      ...(host === undefined ? {} : { host }),
      ...(typeof hostIp === 'string' ? { hostIp } : {}),
      ...(protocol === 'udp' || protocol === 'sctp' ? { protocol } : {}),
    },
  ];
}
