import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PjError } from '../../../../errors.ts';
import type { CallContext } from '../../../contract.ts';
import type { Doing, Lxc } from '../engine.ts';
import { filesOf } from '../place.ts';
import { type ConfigLine, parseConfig } from './config-text.ts';

const TEMPLATE = 'template:';
/** A template may load a whole distribution. */
const PATIENCE = 15 * 60_000;

export type Image = { template: string } | { path: string };

/** `template:NAME`, else the path of a tarball or folder, relative to the project. */
export const imageOf = (image: string, dir: string): Image =>
  image.startsWith(TEMPLATE) ? { template: image.slice(TEMPLATE.length) } : { path: resolve(dir, image) };

/** Why an image cannot be had; undefined where it can. */
export function imageProblem(image: Image): string | undefined {
  if ('template' in image) {
    const [name = ''] = image.template.split(' ');
    const known = name.startsWith('/') ? name : `/usr/share/lxc/templates/lxc-${name}`;
    return existsSync(known) ? undefined : `LXC has no template ${name} (${known} is not there)`;
  }
  const stat = statSync(image.path, { throwIfNoEntry: false });
  if (stat === undefined) return `${image.path} is not there`;
  return stat.isFile() || stat.isDirectory() ? undefined : `${image.path} is neither a tarball nor a folder`;
}

/**
 * Puts the root file system of an image into `<folder>/rootfs`, and gives the config lines that it brings. An image is copied, since
 * containers write into it. Throws PJ5403.
 */
export async function unpack(
  lxc: Lxc,
  of: { image: string; dir: string; folder: string; name: string },
  doing: Doing,
  context: CallContext,
): Promise<ConfigLine[]> {
  const { dir, folder, name } = of;
  const { rootfs } = filesOf(folder);
  const image = imageOf(of.image, dir);
  const fail = (reason: string, cause?: unknown): never => {
    throw new PjError('PJ5403', { image: of.image, id: doing.id, reason }, { cause, advice: ADVICE });
  };
  const problem = imageProblem(image);
  if (problem !== undefined) return fail(problem);
  const tool = (argv: string[]) =>
    lxc.tool(argv, doing, context, PATIENCE).catch((thrown: unknown) => {
      context.signal.throwIfAborted();
      return fail(thrown instanceof PjError ? String(thrown.details['reason']) : String(thrown), thrown);
    });
  context.progress(`unpacking ${of.image}`);
  if ('template' in image) {
    const [template = '', ...words] = image.template.split(' ').filter((word) => word !== '');
    const extra = words.length === 0 ? [] : ['--', ...words];
    await tool(['lxc-create', '-P', folder, '-n', name, '-f', '/dev/null', '-t', template, ...extra]);
    const made = filesOf(join(folder, name));
    const lines = brought(readFileSync(made.config, 'utf8'));
    renameSync(made.rootfs, rootfs);
    rmSync(join(folder, name), { recursive: true });
    return lines;
  }
  mkdirSync(rootfs, { recursive: true, mode: 0o755 });
  if (statSync(image.path).isDirectory()) await tool(['cp', '-a', '--reflink=auto', `${image.path}/.`, rootfs]);
  else await tool(['tar', '--numeric-owner', '--xattrs', '--xattrs-include=*', '-xpf', image.path, '-C', rootfs]);
  return [];
}

const ADVICE =
  'Give a tarball or folder of a root file system (relative to the project), or template:NAME with what the template takes.';

/** What a template says of its image; where that lies, how it is called and connected is pj's to say. */
const brought = (text: string): ConfigLine[] =>
  parseConfig(text).filter(([key]) => !/^lxc\.(rootfs|uts|net)\b/.test(key));
