import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The Java programs of these tests below java/PACKAGE, as compileJava takes them. */
export function programs(name: string): Record<string, string> {
  const dir = join(import.meta.dirname, 'java', name);
  return Object.fromEntries(readdirSync(dir).map((file) => [`${name}/${file}`, readFileSync(join(dir, file), 'utf8')]));
}
