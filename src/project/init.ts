import {
  appendFileSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { PjError } from '../errors.ts';
import { createDigestKey } from '../values/digest-key.ts';

const projectFile = (name: string): string => `# The project file. All of it is optional.
name: ${name}

# variables:               # set by --var, --var-file or PJ_VAR_name; used as \${var.name}
#   port: { type: number, default: 8080, description: Where the service listens }

# secrets:                 # used as \${secret.name}; the value is never written anywhere
#   apiToken: { env: API_TOKEN }      # or { file: path } or { command: [program, argument] }

# exclude: ["drafts/**"]   # files that are not descriptors
`;

const FIRST = `# A descriptor: one workload a YAML document. See docs/reference/descriptor.md for every key.
applicationId: hello
description: Says that it lives, every ten seconds
native:
  command: node
  args: ["-e", "setInterval(() => console.log('hello'), 10000)"]
restart:
  policy: on-failure
`;

/**
 * Writes a commented pj.yaml, a .gitignore line and one descriptor, or copies the files of `from` (a folder) in place of the descriptor; never
 * over a file that is there. Gives the paths of what was written, relative to `dir`. Throws PJ1007, PJ6096, PJ6097, and then nothing was written.
 */
export async function initProject(
  dir: string,
  options: { from?: string; env: Record<string, string | undefined> },
): Promise<string[]> {
  const target = resolve(dir);
  mkdirSync(target, { recursive: true });
  if (existsSync(join(target, 'pj.yaml'))) throw new PjError('PJ6096', { dir: target });
  const written = options.from === undefined ? startFresh(target) : copyFrom(resolve(options.from), target);
  if (ignoreState(target) && !written.includes('.gitignore')) written.push('.gitignore');
  await createDigestKey(target, options.env);
  return written;
}

/** Keeps the state's folder out of git; true when the file was changed. */
export function ignoreState(target: string): boolean {
  const ignore = join(target, '.gitignore');
  const lines = existsSync(ignore) ? readFileSync(ignore, 'utf8') : '';
  if (lines.split('\n').includes('.pj/')) return false;
  appendFileSync(ignore, `${lines === '' || lines.endsWith('\n') ? '' : '\n'}.pj/\n`);
  return true;
}

/** The project file with the folder's name, quoted where YAML would read it as something other than text. */
function writeProjectFile(target: string): void {
  const name =
    basename(target)
      .replaceAll(/[^A-Za-z0-9._-]/g, '-')
      .replace(/^[^A-Za-z0-9]+/, '') || 'project';
  const isPlain = /^[A-Za-z][A-Za-z0-9._-]*$/.test(name) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(name);
  writeFileSync(join(target, 'pj.yaml'), projectFile(isPlain ? name : JSON.stringify(name)), { flag: 'wx' });
}

function startFresh(target: string): string[] {
  writeProjectFile(target);
  if (readdirSync(target).some((file) => /\.ya?ml$/.test(file) && file !== 'pj.yaml')) return ['pj.yaml'];
  writeFileSync(join(target, 'hello.yaml'), FIRST, { flag: 'wx' });
  return ['pj.yaml', 'hello.yaml'];
}

function copyFrom(from: string, target: string): string[] {
  if (!existsSync(from)) throw new PjError('PJ1007', { dir: from });
  const names = readdirSync(from, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(from, join(entry.parentPath, entry.name)))
    .filter((name) => !/(^|\/)(\.pj|node_modules|\.git)\//.test(name))
    .sort();
  const taken = names.find((name) => existsSync(join(target, name)));
  if (taken !== undefined) throw new PjError('PJ6097', { path: join(target, taken) });
  for (const name of names) {
    mkdirSync(dirname(join(target, name)), { recursive: true });
    copyFileSync(join(from, name), join(target, name), constants.COPYFILE_EXCL);
  }
  if (names.includes('pj.yaml')) return names;
  writeProjectFile(target);
  return [...names, 'pj.yaml'].sort();
}
