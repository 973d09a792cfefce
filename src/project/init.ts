import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { PjError } from '../errors.ts';
import { createDigestKey } from '../values/digest-key.ts';

const projectFile = (name: string): string => `# yaml-language-server: $schema=https://pj.dev/schemas/project.json
# The project file. All of it is optional.
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

/** Writes a commented pj.yaml, a .gitignore line and one descriptor (or copies those of \`from\`); never over a file that is there. */
export async function initProject(
  dir: string,
  options: { from?: string; env: Record<string, string | undefined> },
): Promise<string[]> {
  const target = resolve(dir);
  mkdirSync(target, { recursive: true });
  if (existsSync(join(target, 'pj.yaml'))) throw new PjError('PJ6096', { dir: target });
  const written = options.from === undefined ? startFresh(target) : copyFrom(resolve(options.from), target);
  const ignore = join(target, '.gitignore');
  const lines = existsSync(ignore) ? readFileSync(ignore, 'utf8') : '';
  if (!lines.split('\n').includes('.pj/')) {
    appendFileSync(ignore, `${lines === '' || lines.endsWith('\n') ? '' : '\n'}.pj/\n`);
    written.push('.gitignore');
  }
  await createDigestKey(target, options.env);
  return written;
}

function startFresh(target: string): string[] {
  const name = basename(target).replaceAll(/[^A-Za-z0-9._-]/g, '-');
  writeFileSync(join(target, 'pj.yaml'), projectFile(name), { flag: 'wx' });
  if (readdirSync(target).some((file) => /\.ya?ml$/.test(file) && file !== 'pj.yaml')) return ['pj.yaml'];
  writeFileSync(join(target, 'hello.yaml'), FIRST, { flag: 'wx' });
  return ['pj.yaml', 'hello.yaml'];
}

function copyFrom(from: string, target: string): string[] {
  if (!existsSync(from)) throw new PjError('PJ1007', { dir: from });
  const written: string[] = [];
  for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(from.length + 1);
    if (!entry.isFile() || /(^|\/)(\.pj|node_modules|\.git)\//.test(name)) continue;
    if (existsSync(join(target, name))) throw new PjError('PJ6097', { path: join(target, name) });
    mkdirSync(join(target, name, '..'), { recursive: true });
    writeFileSync(join(target, name), readFileSync(path), { flag: 'wx' });
    written.push(name);
  }
  return written.sort();
}
