import { isObject, type Json, type JsonObject } from '../model/json.ts';
import {
  asIs,
  type Convert,
  convertKeys,
  mapValues,
  toBytes,
  toCapability,
  toList,
  toMap,
  toPort,
  toText,
  toWords,
} from './convert.ts';
import type { ShapeReport } from './shape.ts';

const NATIVE: Record<string, Convert> = {
  command: toText,
  args: toWords,
  workdir: toText,
  user: toText,
  group: toText,
  successExitCodes: toList(asIs),
  stopCommand: toWords,
  // a bare 022 is read as a number by YAML
  umask: (value) => (typeof value === 'number' ? String(value).padStart(3, '0') : value),
  rlimits: (value) => (isObject(value) ? mapValues(value, (each) => (each === 'unlimited' ? -1 : each)) : undefined),
  logs: toMap({ maxSize: toBytes }),
  ports: toList(toPort),
};
const SECURITY: Record<string, Convert> = { user: toText, group: toText, capabilities: toList(toCapability) };

/** Puts a native block into a spec. `security.user` and `security.group` are the block's own. */
export function normaliseNative(spec: JsonObject, block: JsonObject, fault: ShapeReport): void {
  const native = convertKeys(block, NATIVE);
  if (isObject(spec['security'])) {
    const { user, group, ...security } = convertKeys(spec['security'], SECURITY);
    for (const [key, value] of Object.entries({ user, group })) {
      if (value === undefined) continue;
      if (native[key] !== undefined && native[key] !== value) {
        const details = {
          key: `native.${key}`,
          other: `security.${key}`,
          value: text(native[key]),
          otherValue: text(value),
        };
        fault({ code: 'PJ1015', details, path: ['security', key] });
      }
      native[key] = value;
    }
    spec['security'] = security;
  }
  spec['native'] = native;
}

const text = (value: Json | undefined): string => JSON.stringify(value);

/** Puts an external block into a spec: ports by name; those of a list are named by their number. */
export function normaliseExternal(spec: JsonObject, block: JsonObject): void {
  const { ports } = block;
  const named = Array.isArray(ports)
    ? Object.fromEntries(ports.map((each) => [String(each), toPort(each)]))
    : isObject(ports)
      ? mapValues(ports, toPort)
      : undefined;
  spec['external'] = {
    ...convertKeys({ address: block['address'] }, { address: toText }),
    ...(named === undefined ? {} : { ports: named }),
  };
}
