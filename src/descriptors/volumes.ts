import { isObject, type Json, type JsonObject } from '../model/json.ts';
import { type Convert, convertKeys, toBytes } from './convert.ts';
import type { ShapeReport } from './shape.ts';

/** The type of a volume that names none: a bind where it has a source, persistent where it has a name, else ephemeral. */
export const toVolume: Convert = (value) => {
  if (!isObject(value)) return value;
  const type: Json =
    value['type'] ??
    (value['source'] !== undefined ? 'bind' : value['name'] !== undefined ? 'persistent' : 'ephemeral');
  return { ...convertKeys(value, { size: toBytes }), type };
};

/** Reports volumes that lack what their type needs, or that share a path. */
export function checkVolumes(spec: JsonObject, fault: ShapeReport): void {
  if (!Array.isArray(spec['volumes'])) return;
  const paths = new Map<string, number>();
  for (const [i, volume] of spec['volumes'].entries()) {
    if (!isObject(volume)) continue;
    const { type, path } = volume;
    const needs = type === 'bind' ? 'source' : type === 'persistent' ? 'name' : undefined;
    if (needs !== undefined && volume[needs] === undefined) {
      fault({
        code: 'PJ1018',
        details: { what: `a ${String(type)} volume`, needs: `\`${needs}\`` },
        path: ['volumes', i],
      });
    }
    if (typeof path !== 'string') continue;
    const before = paths.get(path);
    if (before !== undefined) {
      const details = {
        key: `volumes[${i}].path`,
        expected: `a path of its own (volumes[${before}] has it too)`,
        value: path,
      };
      fault({ code: 'PJ1012', details, path: ['volumes', i, 'path'] });
    }
    paths.set(path, i);
  }
}
