import { isObject, type Json, type JsonObject } from '../model/json.ts';
import { isLeaf } from '../model/template.ts';
import {
  asIs,
  type Convert,
  convertKeys,
  mapValues,
  toBytes,
  toCapability,
  toList,
  toMap,
  toText,
  toTextMap,
  toWords,
} from './convert.ts';
import { portMappings } from './ports.ts';
import type { Path } from './problem.ts';
import type { ShapeReport } from './shape.ts';
import { toVolume } from './volumes.ts';

const CONTAINER: Record<string, Convert> = {
  command: toWords,
  args: toWords,
  entrypoint: toWords,
  user: toText,
  envFile: toList(asIs),
  networks: toList((value) => (isObject(value) && !isLeaf(value) ? value : { name: value })),
  extraHosts: (value) => (Array.isArray(value) ? hosts(value) : value),
  labels: toTextMap,
  sysctls: toTextMap,
  ulimits: (value) =>
    isObject(value)
      ? mapValues(value, (each) => (typeof each === 'number' ? { soft: each, hard: each } : each))
      : undefined,
  shmSize: toBytes,
  memorySwap: toBytes,
  memoryReservation: toBytes,
  gpus: (value) => (typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value),
  logging: toMap({ maxSize: toBytes, options: toTextMap }),
};
const SECURITY: Record<string, Convert> = { capAdd: toList(toCapability), capDrop: toList(toCapability), user: toText };

/** Puts a container block into a spec: ports as objects, `volumes` into the common ones. */
export function normaliseContainer(spec: JsonObject, block: JsonObject, fault: ShapeReport): void {
  const { volumes, ports, ...rest } = block;
  const container = convertKeys(rest, CONTAINER);
  if (Array.isArray(ports)) container['ports'] = readPorts(ports, ['container', 'ports'], fault);
  if (Array.isArray(volumes)) {
    const own = Array.isArray(spec['volumes']) ? spec['volumes'] : [];
    spec['volumes'] = [...own, ...volumes.map((each, i) => toVolume(volumeOf(each, i, fault)) ?? null)];
  }
  if (isObject(spec['security'])) spec['security'] = convertKeys(spec['security'], SECURITY);
  spec['container'] = container;
}

/** Port entries as objects; one that is not known yet stays a leaf. */
export function readPorts(entries: readonly Json[], path: Path, fault: ShapeReport): Json[] {
  return entries.flatMap((entry, i) => {
    if (isLeaf(entry)) return [entry as unknown as Json];
    const mappings = portMappings(entry);
    if (mappings === undefined) {
      const expected = 'a port, or `[ip:]host:container[/tcp|udp]` with ports up to 65535 and ranges of one length';
      fault({
        code: 'PJ1012',
        details: { key: `${path.join('.')}[${i}]`, expected, value: JSON.stringify(entry) },
        path: [...path, i],
      });
    }
    return mappings ?? [];
  });
}

/** `source:path[:ro]`: a source that looks like a path is bound, another is a named volume; a path alone is ephemeral. */
function volumeOf(entry: Json, index: number, fault: ShapeReport): Json {
  if (typeof entry !== 'string') return entry;
  const [first = '', second, mode, more] = entry.split(':');
  if (more !== undefined || (mode !== undefined && !/^(ro|rw|z|Z|,)+$/.test(mode)) || first === '') {
    const details = {
      key: `container.volumes[${index}]`,
      expected: '`source:path[:ro]`',
      value: JSON.stringify(entry),
    };
    fault({ code: 'PJ1012', details, path: ['container', 'volumes', index] });
    return { path: entry, type: 'ephemeral' };
  }
  if (second === undefined) return { path: first, type: 'ephemeral' };
  const readOnly: JsonObject = mode?.split(',').includes('ro') ? { readOnly: true } : {};
  return /^[./~]/.test(first)
    ? { source: first, path: second, type: 'bind', ...readOnly }
    : { name: first, path: second, type: 'persistent', ...readOnly };
}

function hosts(entries: readonly Json[]): JsonObject {
  return Object.fromEntries(
    entries.map((entry) => {
      const text = String(entry);
      const colon = text.search(/[:=]/);
      return colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
    }),
  );
}
