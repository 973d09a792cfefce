import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { type Converted, convertCompose } from '../compose/convert.ts';
import type { Note } from '../compose/notes.ts';
import type { ImportedSecret } from '../compose/secrets.ts';
import { formatText } from '../descriptors/fmt.ts';
import { PjError } from '../errors.ts';
import { createDigestKey } from '../values/digest-key.ts';
import { ignoreState } from './init.ts';

/** What `pj import --compose` has done. */
export interface ComposeImport {
  /** Absolute. */
  dir: string;
  project: string;
  /** Relative to `dir`, with what each is of. */
  files: { path: string; of: string }[];
  notes: Note[];
  secrets: ImportedSecret[];
  /** Lines that pj.yaml needs and that were not written, as it was there already. */
  missing: string | undefined;
}

/**
 * Makes descriptors of Compose files, one a service, and a project file where there is none. Nothing is written over, and nothing at all where
 * something is wrong. Throws PJ1070–PJ1074 and what is wrong with their YAML, PJ6097.
 */
export async function importCompose(
  dir: string,
  files: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<ComposeImport> {
  const target = resolve(dir);
  const converted = await convertCompose({ files, out: target, from: process.cwd(), env });
  const [first] = converted.errors;
  if (first !== undefined && converted.errors.length === 1) throw first;
  if (first !== undefined)
    throw new PjError('PJ1000', { count: converted.errors.length }, { others: converted.errors });
  const texts = await textsOf(converted);
  const hasProject = existsSync(join(target, 'pj.yaml'));
  const projectText = await formatText(projectFile(converted, target, true), 'pj.yaml');
  if (!hasProject) texts.set('pj.yaml', { text: projectText, of: 'project' });
  const taken = [...texts.keys()].find((name) => existsSync(join(target, name)));
  if (taken !== undefined) throw new PjError('PJ6097', { path: join(target, taken) });
  mkdirSync(target, { recursive: true });
  for (const [name, { text }] of texts) writeFileSync(join(target, name), text, { flag: 'wx' });
  if (!hasProject) {
    if (ignoreState(target)) texts.set('.gitignore', { text: '', of: 'git' });
    await createDigestKey(target, env);
  }
  const missing = projectFile(converted, target, false);
  return {
    dir: target,
    project: converted.name,
    files: [...texts].map(([path, { of }]) => ({ path, of })).sort((a, b) => (a.path < b.path ? -1 : 1)),
    notes: converted.notes,
    secrets: converted.secrets,
    missing: hasProject && missing !== '' ? await formatText(missing, 'pj.yaml') : undefined,
  };
}

/** The descriptors as text, in the style of `pj fmt`. */
async function textsOf({ descriptors }: Converted): Promise<Map<string, { text: string; of: string }>> {
  const { stringify } = await import('yaml');
  const texts = new Map<string, { text: string; of: string }>();
  for (const [name, descriptor] of descriptors) {
    const of = ['network', 'volume'].find((thing) => descriptor[thing] !== undefined) ?? 'container';
    texts.set(name, { text: await formatText(stringify(descriptor, { lineWidth: 0, compat: 'yaml-1.1' }), name), of });
  }
  return texts;
}

/** The project file, or only what it must have for this import. */
function projectFile({ name, secrets, files }: Converted, target: string, isWhole: boolean): string {
  const lines = isWhole ? [`name: ${JSON.stringify(name)}`] : [];
  const exclude = excluded(files, target);
  if (exclude.length > 0) lines.push('exclude:', ...exclude.map((path) => `  - ${JSON.stringify(path)}`));
  if (secrets.length > 0) lines.push('secrets:', ...secrets.map((one) => `  ${one.name}: { env: ${one.env} }`));
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

/** What lies in the project and is no descriptor: Compose files, also those that were not read, and what containers mount. */
function excluded(files: readonly string[], target: string): string[] {
  const beside = existsSync(target)
    ? readdirSync(target).filter((file) => /^(docker-)?compose(\..+)?\.ya?ml$/.test(file))
    : [];
  const inside = files
    .map((file) => relative(target, file))
    .filter((path) => path !== '' && !path.startsWith('..'))
    .flatMap((path) =>
      /\.(ya?ml|json)$/.test(path) ? [path] : mountsDescriptors(join(target, path)) ? [`${path}/**`] : [],
    );
  return [...new Set([...beside, ...inside])].sort();
}

/** True for a folder in which files lie that would be read as descriptors. */
function mountsDescriptors(path: string): boolean {
  try {
    return readdirSync(path, { recursive: true }).some((name) => /\.(ya?ml|json)$/.test(String(name)));
  } catch {
    return false; // a file, or not there
  }
}
