import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { Ajv, type AnySchemaObject } from 'ajv';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { FLAT_KEYS, FLAT_MAPS } from '../../src/descriptors/flat-keys.ts';
import { KINDS } from '../../src/model/workload.ts';

const NAMES = [
  'common',
  'native',
  'container',
  'vm',
  'java',
  'external',
  'jvm',
  'network',
  'volume',
  'project',
  'descriptor',
];
const schema = (name: string): AnySchemaObject =>
  JSON.parse(readFileSync(`schemas/${name}.json`, 'utf8')) as AnySchemaObject;

/** The schemas as an editor uses them. */
function editor(): (name: string, value: unknown) => string[] {
  const ajv = new Ajv({ allErrors: true, strict: false });
  for (const name of NAMES) ajv.addSchema(schema(name));
  return (name, value) => {
    const validate = ajv.getSchema(`${name}.json`);
    if (validate === undefined) throw new Error(`no schema ${name}`);
    // Asynchronous only for schemas that say so; none here does.
    void validate(value);
    return (validate.errors ?? []).map((each) => `${each.instancePath} ${each.message}`);
  };
}

test('the validators and types are fresh', () => {
  for (const script of ['gen-validators', 'gen-types']) {
    execFileSync(process.execPath, ['--import', 'tsx', `scripts/${script}.ts`, '--check'], { stdio: 'pipe' });
  }
});

test('an editor finds no fault with the examples', () => {
  const check = editor();
  for (const example of readdirSync('examples')) {
    for (const file of readdirSync(`examples/${example}`).filter((name) => name.endsWith('.yaml'))) {
      for (const document of parseAllDocuments(readFileSync(`examples/${example}/${file}`, 'utf8')) as {
        toJS(): unknown;
      }[]) {
        expect([file, check(file === 'pj.yaml' ? 'project' : 'descriptor', document.toJS())]).toEqual([file, []]);
      }
    }
  }
});

test('an editor finds the fault that pj finds', () => {
  const check = editor();
  const native = { command: 'x' };
  expect(check('descriptor', { applicationId: 'a', native })).toEqual([]);
  expect(
    check('descriptor', { applicationId: 'a', native, replicas: '${var.n}', resources: { cpu: '${var.c}' } }),
  ).toEqual([]);
  expect(check('descriptor', { applicationId: 'a', native: { comand: 'x' } })).not.toEqual([]);
  expect(check('descriptor', { applicationId: 'a', native, container: { image: 'x' } })).not.toEqual([]);
  expect(check('descriptor', { applicationId: 'a', properties: { 'native.comand': 'x' } })).not.toEqual([]);
  expect(check('descriptor', { applicationId: 'a', properties: { 'native.executable': 'x', OTHER: 'y' } })).toEqual([]);
});

test('every example in a schema is valid, and everything is described', () => {
  const ajv = new Ajv({ strict: false });
  for (const name of NAMES) ajv.addSchema(schema(name));
  const visit = (node: unknown, at: string): void => {
    if (typeof node !== 'object' || node === null) return;
    const { examples, properties } = node as {
      examples?: unknown[];
      properties?: Record<string, Record<string, unknown>>;
    };
    for (const example of Array.isArray(examples) ? examples : []) {
      expect([at, example, ajv.validate({ $ref: at }, example), ajv.errorsText()]).toEqual([
        at,
        example,
        true,
        'No errors',
      ]);
    }
    for (const [key, value] of Object.entries(properties ?? {})) {
      expect([at, key, value['description'] !== undefined || value['$ref'] !== undefined]).toEqual([at, key, true]);
    }
    const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');
    for (const [key, value] of Object.entries(node)) {
      if (key === 'examples' || key === 'default' || key === 'if') continue;
      if (key !== 'properties' && key !== 'definitions') visit(value, `${at}/${escaped(key)}`);
      else for (const [name, each] of Object.entries(value as object)) visit(each, `${at}/${key}/${escaped(name)}`);
    }
  };
  for (const name of NAMES) visit(schema(name), `${name}.json#`);
});

test('the schema knows the same flat keys as pj', () => {
  const { properties, patternProperties } = schema('descriptor')['definitions'].flatProperties;
  expect(Object.keys(properties).sort()).toEqual([...FLAT_KEYS.keys()].sort());
  for (const [prefix] of FLAT_MAPS) {
    expect(Object.keys(patternProperties).some((pattern) => new RegExp(pattern).test(`${prefix}x`))).toBe(true);
  }
});

test('every schema knows every kind', () => {
  const sorted = (kinds: readonly unknown[]): unknown[] => [...kinds].sort();
  let found = 0;
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { enum: values, pattern } = node as { enum?: unknown[]; pattern?: unknown };
    const listed = typeof pattern === 'string' ? /^\^pj_\((.*)\)\$$/.exec(pattern)?.[1]?.split('|') : values;
    if (Array.isArray(listed) && listed.includes('external') && listed.includes('network')) {
      expect(sorted(listed)).toEqual(sorted(KINDS));
      found++;
    }
    for (const value of Object.values(node)) visit(value);
  };
  for (const file of readdirSync('schemas')) visit(JSON.parse(readFileSync(`schemas/${file}`, 'utf8')));
  expect(found).toBeGreaterThan(5);
});
