import { isObject, type Json, type JsonObject } from '../model/json.ts';
import { suggestion } from '../model/nearest.ts';
import { isTemplate, type Leaf, mapLeaves, type Part, partsOf } from '../model/template.ts';
import type { Kind } from '../model/workload.ts';
import { type Path, pathText, valueText } from './problem.ts';
import * as validators from './validators.gen.mjs';

/** One complaint of a validator, as ajv makes it. */
export interface SchemaError {
  instancePath: string;
  schemaPath: string;
  keyword: string;
  params: Record<string, unknown>;
  /** The schema that the keyword stands in; its `$comment` says in words what is expected. */
  parentSchema: { properties?: Record<string, unknown>; $comment?: string };
}

/** A validator that was compiled ahead. */
export interface Validator {
  (value: unknown): boolean;
  errors?: SchemaError[] | null;
}

/** What is wrong with a value; the path is within what was validated. */
export interface SchemaFault {
  code: 'PJ1010' | 'PJ1011' | 'PJ1012' | 'PJ1017';
  details: Record<string, string | number>;
  path: Path;
  at: 'key' | 'value';
}

const OF_KIND: Record<Kind, { block: Validator; security?: Validator }> = {
  native: { block: validators.validateNative, security: validators.validateNativeSecurity },
  external: { block: validators.validateExternal },
  // its process is one of the agent's, as a native one is
  jvm: { block: validators.validateJvm, security: validators.validateNativeSecurity },
  network: { block: validators.validateNetwork },
  volume: { block: validators.validateVolume },
  container: { block: validators.validateContainer, security: validators.validateContainerSecurity },
  vm: { block: validators.validateVm, security: validators.validateVmSecurity },
  java: { block: validators.validateJava, security: validators.validateJavaSecurity },
};

/** What is wrong with a descriptor in the native dialect, its known `${…}` replaced. An absent block is the caller's business. */
export function validateDescriptor(value: JsonObject, kind: Kind): SchemaFault[] {
  const { block, security } = OF_KIND[kind];
  const common: JsonObject = {};
  for (const key of Object.keys(value)) if (key !== kind) common[key] = value[key];
  const faults = run(validators.validateCommon, common, []);
  const foreign = NOT_OF[kind];
  if (foreign !== undefined) faults.push(...notOfKind(value, kind, foreign));
  const inBlock = value[kind];
  if (inBlock !== undefined) faults.push(...run(block, inBlock, [kind]));
  const { security: secure } = value;
  if (isObject(secure)) {
    if (security === undefined) {
      faults.push({
        code: 'PJ1010',
        details: { key: 'security', where: `a workload of kind ${kind}`, suggestion: '' },
        path: ['security'],
        at: 'key',
      });
    } else faults.push(...run(security, secure, ['security']));
  }
  return faults;
}

/** Keys that say how something runs: a network or a volume does not. */
const OF_WHAT_RUNS = [
  ...['replicas', 'resources', 'healthCheck', 'restart', 'stop', 'env', 'properties', 'volumes', 'monitoring'],
  'desiredState',
];
/** Common keys that mean nothing for a kind. A host JVM is ready when it answers; files are its applications' business. */
const NOT_OF: Partial<Record<Kind, readonly string[]>> = {
  network: OF_WHAT_RUNS,
  volume: OF_WHAT_RUNS,
  jvm: ['healthCheck', 'volumes'],
};

function notOfKind(value: JsonObject, kind: Kind, keys: readonly string[]): SchemaFault[] {
  return keys
    .filter((key) => value[key] !== undefined)
    .map((key) => ({
      code: 'PJ1010',
      details: { key, where: `a descriptor of kind ${kind}`, suggestion: '' },
      path: [key],
      at: 'key',
    }));
}

/** What is wrong with a project file. */
export function validateProjectFile(value: Json): SchemaFault[] {
  return run(validators.validateProject, value, []);
}

const NOT_YET = '\u0000';

function run(validator: Validator, value: Json, prefix: Path): SchemaFault[] {
  // what is not known yet stands as a text that only schemas which allow for it accept
  const plain = mapLeaves(value, (leaf) => NOT_YET + leafText(leaf));
  if (validator(plain)) return [];
  const groups = new Map<string, SchemaError[]>();
  for (const error of validator.errors ?? []) {
    const group = groups.get(error.instancePath);
    if (group === undefined) groups.set(error.instancePath, [error]);
    else group.push(error);
  }
  const faults: SchemaFault[] = [];
  for (const [at, errors] of groups) {
    const path = [...prefix, ...toPath(at, value)];
    const here = valueAt(value, toPath(at, value));
    const inside = errors.filter(({ keyword }) => INSIDE.has(keyword));
    const deeper = [...groups.keys()].some((other) => other.startsWith(`${at}/`));
    const isContainer = typeof here === 'object' && here !== null && !isTemplate(here);
    if (isContainer && (inside.length > 0 || deeper)) faults.push(...inside.map((error) => insideFault(error, path)));
    else faults.push(valueFault(errors, path, here));
  }
  return faults;
}

/** Complaints about what a map holds, not about its being one. */
const INSIDE = new Set(['additionalProperties', 'required', 'propertyNames']);

function insideFault(error: SchemaError, path: Path): SchemaFault {
  const where = path.length === 0 ? 'a descriptor' : `\`${pathText(path)}\``;
  if (error.keyword === 'required') {
    const key = String(error.params['missingProperty']);
    return { code: 'PJ1011', details: { key, where }, path, at: 'key' };
  }
  if (error.keyword === 'propertyNames') {
    const name = String(error.params['propertyName']);
    const expected = 'called by letters, digits, `_` and `-`, not beginning with a digit';
    return {
      code: 'PJ1012',
      details: { key: pathText([...path, name]), expected, value: valueText(name) },
      path: [...path, name],
      at: 'key',
    };
  }
  const key = String(error.params['additionalProperty']);
  const known = Object.keys(error.parentSchema.properties ?? {});
  return {
    code: 'PJ1010',
    details: { key, where, suggestion: suggestion(key, known) },
    path: [...path, key],
    at: 'key',
  };
}

function valueFault(errors: readonly SchemaError[], path: Path, here: Json | undefined): SchemaFault {
  const key = path.length === 0 ? 'the document' : pathText(path);
  if (isTemplate(here)) return { code: 'PJ1017', details: { key, template: leafText(here) }, path, at: 'value' };
  const union = errors.find(({ keyword }) => keyword === 'anyOf');
  const expected = (union ?? errors[0])?.parentSchema.$comment;
  const details = {
    key,
    expected: expected ?? byKeyword(union ? errors.filter((each) => each !== union) : errors),
    value: here === null ? 'empty' : valueText(here),
  };
  return { code: 'PJ1012', details, path, at: 'value' };
}

const TYPES: Record<string, string> = {
  string: 'a text',
  object: 'a map',
  array: 'a list',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
};

function byKeyword(errors: readonly SchemaError[]): string {
  const said = errors.flatMap(({ keyword, params }) => {
    if (keyword === 'type') return [params['type']].flat().map((type) => TYPES[String(type)] ?? String(type));
    if (keyword === 'enum') return [`one of ${(params['allowedValues'] as unknown[]).join(', ')}`];
    if (keyword === 'pattern') return ['a text of another form'];
    if (keyword === 'minItems') return ['a list that is not empty'];
    return [];
  });
  const unique = [...new Set(said)];
  if (unique.length > 1 && unique[0] === 'a map') return 'a map';
  return unique.join(' or ') || 'something else';
}

/** An instancePath as keys and list positions. */
function toPath(pointer: string, value: Json): Path {
  if (pointer === '') return [];
  const path: (string | number)[] = [];
  let here: Json | undefined = value;
  for (const each of pointer.slice(1).split('/')) {
    const key = each.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(Array.isArray(here) ? Number(key) : key);
    here = Array.isArray(here) ? here[Number(key)] : isObject(here) ? here[key] : undefined;
  }
  return path;
}

function valueAt(value: Json, path: Path): Json | undefined {
  let here: Json | undefined = value;
  for (const key of path)
    here = Array.isArray(here) ? here[Number(key)] : isObject(here) ? here[String(key)] : undefined;
  return here;
}

/** A leaf as it was written, nearly. */
export function leafText(leaf: Leaf): string {
  return partsOf(leaf).map(partText).join('');
}

function partText(part: Part): string {
  if (typeof part === 'string') return part;
  if ('var' in part) return `\${var.${part.var}}`;
  if ('secret' in part) return `\${secret.${part.secret}}`;
  if ('workload' in part) return `\${workload.${part.workload}.${part.attribute}}`;
  return `\${env.${part.env}}`;
}
