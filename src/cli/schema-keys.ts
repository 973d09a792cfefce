import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, type Json, type JsonObject } from '../model/json.ts';

declare const PJ_DIST: string | undefined;

/** The published JSON Schemas: beside dist/, or in the source tree. */
export const SCHEMAS_DIR = join(import.meta.dirname, typeof PJ_DIST === 'string' ? '../schemas' : '../../schemas');

/** One key of a descriptor or of the project file, as its schema says. */
export interface SchemaKey {
  /** `native.restart`, `dependencies[].condition`, `tags.NAME`. */
  path: string;
  type: string;
  description: string;
  default?: Json;
  examples: Json[];
  required: boolean;
}

type Schema = JsonObject;

/** Levels below which no key is followed: schemas may refer to themselves. */
const DEEPEST = 8;

/** Every key below a schema file such as `descriptor.json`, in the schema's order. `dir`: where the schemas are. */
export function schemaKeys(file: string, dir: string = SCHEMAS_DIR): SchemaKey[] {
  const files = new Map<string, Schema>();
  const load = (name: string): Schema => {
    let schema = files.get(name);
    if (schema === undefined) {
      const parsed: unknown = JSON.parse(readFileSync(join(dir, name), 'utf8'));
      schema = isObject(parsed) ? parsed : {};
      files.set(name, schema);
    }
    return schema;
  };
  /** What a `$ref` names, its own keywords over it, and the file that further refs are relative to. */
  const resolve = (schema: Schema, base: string): { schema: Schema; base: string } => {
    const reference = schema['$ref'];
    if (typeof reference !== 'string') return { schema, base };
    const [name = '', pointer = ''] = reference.split('#');
    const target = name === '' ? base : name;
    let here: Json | undefined = load(target);
    for (const part of pointer.split('/').slice(1)) here = isObject(here) ? here[part] : undefined;
    const { $ref: _, ...own } = schema;
    const found = resolve(isObject(here) ? here : {}, target);
    return { schema: { ...found.schema, ...own }, base: found.base };
  };
  const keys: SchemaKey[] = [];
  const walk = (raw: Schema, base: string, path: string, level: number): void => {
    if (level > DEEPEST) return;
    const { schema, base: at } = resolve(raw, base);
    const required = Array.isArray(schema['required']) ? schema['required'] : [];
    for (const [name, sub] of Object.entries(isObject(schema['properties']) ? schema['properties'] : {})) {
      if (isObject(sub)) add(sub, at, path === '' ? name : `${path}.${name}`, required.includes(name), level);
    }
    const named = isObject(schema['patternProperties']) ? Object.values(schema['patternProperties']) : [];
    for (const sub of [schema['additionalProperties'], ...named]) {
      if (isObject(sub)) add(sub, at, path === '' ? 'NAME' : `${path}.NAME`, false, level);
    }
    if (isObject(schema['items'])) walk(schema['items'], at, `${path}[]`, level + 1);
    for (const word of ['anyOf', 'oneOf', 'allOf']) {
      const choices = schema[word];
      if (Array.isArray(choices)) for (const choice of choices) if (isObject(choice)) walk(choice, at, path, level + 1);
    }
  };
  const add = (raw: Schema, base: string, path: string, required: boolean, level: number): void => {
    if (keys.some((key) => key.path === path)) return;
    const { schema, base: at } = resolve(raw, base);
    const text = (key: string) => (typeof schema[key] === 'string' ? schema[key] : '');
    const examples = schema['examples'];
    keys.push({
      path,
      type: typeOf(schema, (one) => resolve(one, at).schema),
      description: text('description'),
      ...(schema['default'] === undefined ? {} : { default: schema['default'] }),
      examples: Array.isArray(examples) ? examples : [],
      required,
    });
    walk(raw, base, path, level + 1);
  };
  walk(load(file), file, '', 0);
  return keys;
}

/** The type in a few words: `string`, `integer or duration`, `service | job`. */
function typeOf(schema: Schema, resolve: (schema: Schema) => Schema): string {
  if (Array.isArray(schema['enum'])) return schema['enum'].map((value) => String(value)).join(' | ');
  if (schema['const'] !== undefined) return String(schema['const']);
  for (const word of ['anyOf', 'oneOf']) {
    const choices = schema[word];
    if (!Array.isArray(choices)) continue;
    // Any value may be written as one `${...}`; saying so at each key would say nothing.
    const own = choices.filter(isObject).filter((choice) => !String(choice['$ref']).endsWith('/variable'));
    const names = own.map((choice) => typeOf(resolve(choice), resolve));
    return [...new Set(names.filter((name) => name !== ''))].join(' or ');
  }
  const type = schema['type'];
  if (Array.isArray(type)) return type.join(' or ');
  if (type === 'array') {
    const items = isObject(schema['items']) ? typeOf(resolve(schema['items']), resolve) : '';
    return items === '' ? 'list' : `list of ${items}`;
  }
  if (typeof type === 'string') return type === 'object' ? 'map' : type;
  return isObject(schema['properties']) ? 'map' : '';
}
