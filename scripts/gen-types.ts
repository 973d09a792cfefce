import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile, type JSONSchema } from 'json-schema-to-typescript';

// Makes src/descriptors/types.gen.ts from schemas/*.json: what people may write, as types.
// Usage: npx tsx scripts/gen-types.ts [--check]

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const schemas = join(root, 'schemas');
const banner = '// Made by scripts/gen-types.ts from schemas/. Do not edit.';

/** TypeScript text of one schema and of those that it refers to. */
async function typesOf(name: string): Promise<string> {
  const schema = JSON.parse(readFileSync(join(schemas, `${name}.json`), 'utf8')) as JSONSchema;
  // the if/then that tells kinds apart says nothing that a type could hold
  delete schema.allOf;
  return compile(schema, name, {
    cwd: `${schemas}/`,
    bannerComment: '',
    additionalProperties: false,
    declareExternallyReferenced: true,
    format: true,
    style: { singleQuote: true, printWidth: 120 },
  });
}

const descriptor = await typesOf('descriptor');
const project = await typesOf('project');
// both bring the definitions they share: the second one's copies are dropped
const declared = new Set([...descriptor.matchAll(/^export (?:type|interface) (\w+)/gm)].map((m) => m[1]));
const blocks = project.split(/(?=^(?:\/\*\*[\s\S]*?\*\/\n)?export (?:type|interface) )/m);
const own = blocks.filter((block) => {
  const name = /^export (?:type|interface) (\w+)/m.exec(block)?.[1];
  return name === undefined || !declared.has(name);
});
const text = `${banner}\n\n${descriptor}\n${own.join('')}`;

const path = join(root, 'src', 'descriptors', 'types.gen.ts');
if (process.argv.includes('--check')) {
  let now: string | undefined;
  try {
    now = readFileSync(path, 'utf8');
  } catch {
    now = undefined;
  }
  if (now !== text) {
    console.error('src/descriptors/types.gen.ts is stale: run npx tsx scripts/gen-types.ts');
    process.exitCode = 1;
  }
} else {
  writeFileSync(path, text);
}
