import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { expect } from 'vitest';

/** A function that fails the test when a value does not keep to schemas/NAME.json; it reads JSON text, as a program would. */
export async function keepsTo(name: string): Promise<(value: unknown) => void> {
  const schema = JSON.parse(await readFile(new URL(`../../schemas/${name}.json`, import.meta.url), 'utf8'));
  const ajv = new Ajv({ strict: true, allowUnionTypes: true });
  addFormats.default(ajv);
  const validate = ajv.compile(schema);
  return (value) => {
    validate(JSON.parse(JSON.stringify(value)));
    expect(validate.errors ?? []).toEqual([]);
  };
}
