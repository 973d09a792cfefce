import { isObject, type Json } from '../model/json.ts';
import { suggestion } from '../model/nearest.ts';
import type { ProjectConfig, VariableType } from '../model/project.ts';
import { readSource } from './discover.ts';
import type { SourceDocument, SourceFile } from './documents.ts';
import { parseFiles } from './parse.ts';
import { type Report, type Spot, valueText } from './problem.ts';

/** Where variables are set from outside. */
export interface VariableSources {
  /** `--var NAME=VALUE`. */
  vars: Readonly<Record<string, string>>;
  /** `--var-file`; relative paths are relative to the project. */
  varFiles: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
}

interface Setting {
  value: Json;
  /** Given as text (a flag, the environment), so to be read as the type says. */
  text: boolean;
  /** For people: `--var port`. */
  from: string;
  spots: Spot[];
}

/** The environment variable that sets a variable. */
function variableEnvName(name: string): string {
  return `PJ_VAR_${name.replaceAll('-', '_')}`;
}

/**
 * The values of the declared variables: --var over --var-file (the last one first) over PJ_VAR_NAME over the default. A name that is set but
 * not declared, a value of another type and a variable without a value are reported; the latter have no entry.
 */
export async function readVariables(
  dir: string,
  config: ProjectConfig,
  document: SourceDocument | undefined,
  sources: VariableSources,
  report: Report,
): Promise<{ values: Map<string, Json>; files: SourceFile[] }> {
  const settings = new Map<string, Setting>();
  const known = Object.keys(config.variables);
  const unknown = (name: string, from: string, spots: Spot[]): void =>
    report({ code: 'PJ1032', details: { name, from, suggestion: suggestion(name, known) }, spots });

  for (const name of known) {
    const value = sources.env[variableEnvName(name)];
    if (value !== undefined) settings.set(name, { value, text: true, from: variableEnvName(name), spots: [] });
  }
  const files: SourceFile[] = [];
  for (const path of sources.varFiles) {
    const file = readSource(dir, path, report);
    if (file === undefined) continue;
    files.push(file);
    for (const { source, value } of await parseFiles([file], report)) {
      if (!isObject(value)) {
        const what = 'a variable file holds a map of names and values';
        report({ code: 'PJ1006', details: { what }, spots: [{ document: source, path: [] }] });
        continue;
      }
      for (const [name, each] of Object.entries(value)) {
        const spots: Spot[] = [{ document: source, path: [name] }];
        if (!Object.hasOwn(config.variables, name))
          unknown(name, path, [{ document: source, path: [name], at: 'key' }]);
        else if (each !== undefined) settings.set(name, { value: each, text: false, from: path, spots });
      }
    }
  }
  for (const [name, value] of Object.entries(sources.vars)) {
    if (Object.hasOwn(config.variables, name))
      settings.set(name, { value, text: true, from: `--var ${name}`, spots: [] });
    else unknown(name, '--var', []);
  }

  const values = new Map<string, Json>();
  for (const [name, declared] of Object.entries(config.variables)) {
    const here: Spot[] = document === undefined ? [] : [{ document, path: ['variables', name], at: 'key' }];
    const setting =
      settings.get(name) ??
      (declared.default === undefined
        ? undefined
        : { value: declared.default as Json, text: false, from: 'its default', spots: inDefault(document, name) });
    if (setting === undefined) {
      const advice = `Set it with --var ${name}=VALUE, in a --var-file, as ${variableEnvName(name)}, or give it a default in pj.yaml.`;
      report({ code: 'PJ1030', details: { name }, spots: here, advice });
      continue;
    }
    const value = await coerce(setting, declared.type);
    if (value === undefined) {
      const given = declared.sensitive ? 'another' : valueText(setting.value);
      const details = { name, type: TYPES[declared.type], value: given, from: setting.from };
      report({ code: 'PJ1031', details, spots: setting.spots.length > 0 ? setting.spots : here });
    } else values.set(name, value);
  }
  return { values, files };
}

const inDefault = (document: SourceDocument | undefined, name: string): Spot[] =>
  document === undefined ? [] : [{ document, path: ['variables', name, 'default'] }];

const TYPES: Record<VariableType, string> = {
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
  list: 'a list',
  map: 'a map',
  any: 'any value',
};

/** The value as its type; undefined when it is of another. */
async function coerce({ value, text }: Setting, type: VariableType): Promise<Json | undefined> {
  switch (type) {
    case 'string':
      return typeof value === 'object' ? undefined : String(value);
    case 'number': {
      const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
      return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
    }
    case 'boolean':
      if (value === 'true' || value === 'false') return value === 'true';
      return typeof value === 'boolean' ? value : undefined;
    case 'list': {
      const list = text ? await readText(String(value)) : value;
      return Array.isArray(list) ? list : undefined;
    }
    case 'map': {
      const map = text ? await readText(String(value)) : value;
      return isObject(map) ? map : undefined;
    }
    case 'any':
      return text ? ((await readText(String(value))) ?? value) : value;
  }
}

/** A value written on a command line: YAML, of which JSON is a part. Undefined when it is neither. */
async function readText(text: string): Promise<Json | undefined> {
  const { parse } = await import('yaml');
  try {
    return parse(text, { version: '1.2', logLevel: 'silent' }) as Json;
  } catch {
    return undefined;
  }
}
