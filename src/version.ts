import { readFileSync } from 'node:fs';
import { join } from 'node:path';

declare const PJ_VERSION: string | undefined;

/** This pj's version: the build puts it in; run from source, package.json says it. */
export const VERSION: string = typeof PJ_VERSION === 'string' ? PJ_VERSION : fromPackage();

function fromPackage(): string {
  const text = readFileSync(join(import.meta.dirname, '../package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
