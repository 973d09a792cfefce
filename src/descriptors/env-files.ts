import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ContainerSpec } from '../model/container-spec.ts';
import { readEnvFile } from '../model/env-file.ts';
import type { SecretSource } from '../model/plan.ts';
import type { Spec } from '../model/spec.ts';
import { isLeaf, type TemplateLeaf } from '../model/template.ts';
import type { Built } from './build.ts';
import type { Report } from './problem.ts';

/**
 * Puts the variables of `container.envFile` into `env`, which holds over them. Such files are where passwords stand, so every value is
 * sensitive: only its name goes into the spec, as a secret whose source is that line of the file. Gives these sources by name.
 */
export function readEnvFiles(all: readonly Built[], dir: string, report: Report): Record<string, SecretSource> {
  const sources: Record<string, SecretSource> = {};
  const read = new Map<string, ReturnType<typeof readEnvFile> | { reason: string }>();
  for (const built of all) {
    const { spec } = built.workload;
    const { envFile, ...container } = (spec.container ?? {}) as ContainerSpec & { envFile?: unknown[] };
    if (spec.container === undefined || envFile === undefined) continue;
    spec.container = container;
    const env: Record<string, string> = {};
    for (const [i, path] of envFile.entries()) {
      const fail = (reason: string): void => {
        built.broken = true;
        report({
          code: 'PJ1049',
          details: { path: String(path), reason },
          spots: [built.spot(['container', 'envFile', i])],
        });
      };
      if (typeof path !== 'string') {
        fail(isLeaf(path) ? 'its path is known only later' : 'its path is no text');
        continue;
      }
      let file = read.get(path);
      if (file === undefined) {
        file = load(resolve(dir, path));
        read.set(path, file);
      }
      if ('reason' in file) {
        fail(file.reason);
        continue;
      }
      if (file.bad.length > 0) fail(`line ${file.bad.join(', ')} is no NAME=VALUE`);
      for (const name of file.values.keys()) {
        const secret = `${path}#${name}`;
        sources[secret] = { file: path, key: name };
        env[name] = { $template: { parts: [{ secret }], sensitive: true } } satisfies TemplateLeaf as unknown as string;
      }
    }
    spec.env = { ...env, ...spec.env } as NonNullable<Spec['env']>;
  }
  return sources;
}

function load(path: string): ReturnType<typeof readEnvFile> | { reason: string } {
  try {
    return readEnvFile(readFileSync(path, 'utf8'));
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code ?? '';
    const known: Record<string, string> = {
      ENOENT: 'it is not there',
      EACCES: 'it may not be read',
      EISDIR: 'it is a folder',
    };
    return { reason: known[code] ?? `it cannot be read (${code})` };
  }
}
