import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv, type AnySchemaObject } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';

// Compiles schemas/*.json to src/descriptors/validators.gen.mjs, so that no schema compiler runs when pj starts.
// Usage: npx tsx scripts/gen-validators.ts [--check]

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const FILES = ['common', 'native', 'container', 'vm', 'java', 'external', 'jvm', 'network', 'volume', 'project'];
/** Export name to schema. */
const EXPORTS: Record<string, string> = {
  validateCommon: 'common.json',
  validateNative: 'native.json',
  validateContainer: 'container.json',
  validateVm: 'vm.json',
  validateJava: 'java.json',
  validateExternal: 'external.json',
  validateJvm: 'jvm.json',
  validateNetwork: 'network.json',
  validateVolume: 'volume.json',
  validateProject: 'project.json',
  validateNativeSecurity: 'native.json#/definitions/security',
  validateContainerSecurity: 'container.json#/definitions/security',
  validateVmSecurity: 'vm.json#/definitions/security',
  validateJavaSecurity: 'java.json#/definitions/security',
};

/**
 * The schemas as pj itself checks: by then every `${…}` that can be known is replaced, and one that can't be stands as a
 * text that begins with NUL. `variable` so matches nothing, and `template` just those.
 */
function atRunTime(name: string, schema: AnySchemaObject): AnySchemaObject {
  const bare = withoutProse(schema) as AnySchemaObject;
  if (name !== 'common') return bare;
  const definitions = { ...bare['definitions'] };
  definitions.variable = { not: {} };
  definitions.template = { type: 'string', pattern: '^\\u0000' };
  return { ...bare, definitions };
}

const PROSE = new Set(['$schema', 'title', 'description', 'examples', 'default']);

/** A schema without what only editors read. */
function withoutProse(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutProse);
  if (typeof schema !== 'object' || schema === null) return schema;
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(schema)) {
    if (PROSE.has(key)) continue;
    // here keys are names that people write, not keywords
    const isNames = key === 'properties' || key === 'definitions';
    out[key] = isNames
      ? Object.fromEntries(Object.entries(value as object).map(([name, each]) => [name, withoutProse(each)]))
      : withoutProse(value);
  }
  return out;
}

const ajv = new Ajv({
  allErrors: true,
  strict: true,
  strictTypes: false,
  allowUnionTypes: true,
  inlineRefs: false,
  validateFormats: false,
  // errors carry the schema they come from: its known keys, and in `$comment` what is expected there
  verbose: true,
  code: { source: true, esm: true, lines: false, optimize: 2 },
});
for (const name of FILES) {
  const schema = JSON.parse(readFileSync(join(root, 'schemas', `${name}.json`), 'utf8')) as AnySchemaObject;
  ajv.addSchema(atRunTime(name, schema));
}
for (const ref of Object.values(EXPORTS)) ajv.getSchema(ref);
const code = standalone(ajv, EXPORTS);
if (/\brequire\(|^import /m.test(code))
  throw new Error('the validators would need a library at run time; avoid that keyword');

const header = '// Made by scripts/gen-validators.ts from schemas/. Do not edit.\n';
const out = join(root, 'src', 'descriptors');
const files: Record<string, string> = {
  'validators.gen.mjs': `${header}${code}\n`,
  'validators.gen.d.mts': `${header}import type { Validator } from './validate.ts';
${Object.keys(EXPORTS)
  .map((name) => `export const ${name}: Validator;\n`)
  .join('')}`,
};

let stale = false;
mkdirSync(out, { recursive: true });
for (const [name, text] of Object.entries(files)) {
  const path = join(out, name);
  if (!process.argv.includes('--check')) {
    writeFileSync(path, text);
    continue;
  }
  let now: string | undefined;
  try {
    now = readFileSync(path, 'utf8');
  } catch {
    now = undefined;
  }
  if (now !== text) {
    console.error(`src/descriptors/${name} is stale: run npx tsx scripts/gen-validators.ts`);
    stale = true;
  }
}
if (stale) process.exitCode = 1;
