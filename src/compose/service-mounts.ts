import { existsSync } from 'node:fs';
import type { JsonObject } from '../model/json.ts';
import { absolutePath, type Context, hostPath, refuse } from './context.ts';
import { type Fields, withFields } from './fields.ts';
import { composeBytes, sizeText } from './sizes.ts';
import type { Use } from './things.ts';
import { type Scalar, type Table, type TreeSpot, textOf } from './tree.ts';

/** A mount, with the named volume that it uses. */
export interface Mount {
  volume: JsonObject;
  uses?: Use;
}

/** The mounts of a service: `volumes` and `tmpfs`. */
export function mountsOf(context: Context, fields: Fields): Mount[] {
  const volumes = fields.items('volumes').flatMap((item, i): Mount[] => {
    const key = `${fields.path}.volumes[${i}]`;
    if (item.type === 'scalar') return shortMount(context, item, key);
    if (item.type === 'table') return longMount(context, item, key);
    refuse(context, item.spot, key, 'it must be a text or a map');
    return [];
  });
  const tmpfs = fields.texts('tmpfs').map((item, i) => shortTmpfs(context, item, `${fields.path}.tmpfs[${i}]`));
  return [...volumes, ...tmpfs];
}

/** `[source:]target[:mode,…]`. */
function shortMount(context: Context, item: Scalar, key: string): Mount[] {
  const [first = '', second, mode = '', ...more] = textOf(item).split(':');
  if (more.length > 0 || first === '') {
    refuse(context, item.spot, key, 'it is no `[source:]target[:mode]`');
    return [];
  }
  const modes = mode.split(',').filter((one) => one !== '');
  const unknown = modes.filter((one) => one !== 'ro' && one !== 'rw');
  if (unknown.length > 0) noteOptions(context, item.spot, key, unknown);
  const readOnly = modes.includes('ro');
  if (second === undefined) return [anonymous(context, item.spot, key, first, false)];
  // A path that only a variable knows.
  if (/^([./~]|\$\{)/.test(first)) return [bind(context, item.spot, key, first, second, readOnly, true)];
  return [named(item.spot, first, second, readOnly)];
}

const NO_OPTION: Record<string, string> = {
  z: 'Relabel the folder on the host (chcon), or set `security.selinux`.',
  Z: 'Relabel the folder on the host (chcon), or set `security.selinux`.',
  nocopy: 'The engine copies what the image has at that path into an empty volume.',
};

function noteOptions(context: Context, spot: TreeSpot, key: string, options: readonly string[]): void {
  for (const option of options)
    context.note(
      spot,
      key,
      `the mount option \`${option}\` is not taken`,
      NO_OPTION[option] ?? 'The engine default holds.',
    );
}

function longMount(context: Context, table: Table, key: string): Mount[] {
  return withFields(context, table, key, (mount) => {
    const [type, source, target] = [mount.text('type') ?? 'volume', mount.text('source'), mount.text('target')];
    const readOnly = mount.boolean('read_only') ?? false;
    const { spot } = table;
    let size: string | undefined;
    let makesFolder = false;
    mount.drop('consistency', 'it says something on macOS only', '');
    mount.within('bind', (options) => {
      makesFolder = options.boolean('create_host_path') ?? true;
    });
    mount.within('tmpfs', (options) => {
      size = sizeOf(context, options, 'size');
    });
    mount.within('volume', (options) =>
      options.drop('nocopy', 'the mount option `nocopy` is not taken', NO_OPTION['nocopy'] ?? ''),
    );
    if (target === undefined) {
      refuse(context, spot, key, 'it lacks `target`');
      return [];
    }
    if (type === 'tmpfs')
      return [
        { volume: { path: target, type: 'tmpfs', ...onlyRead(readOnly), ...(size === undefined ? {} : { size }) } },
      ];
    if (type === 'bind' && source !== undefined)
      return [bind(context, spot, key, source, target, readOnly, makesFolder)];
    if (type === 'volume')
      return [
        source === undefined ? anonymous(context, spot, key, target, readOnly) : named(spot, source, target, readOnly),
      ];
    context.note(
      spot,
      key,
      `mounts of type \`${type}\` have no counterpart, and this one was left out`,
      'Use a bind, a volume or a tmpfs.',
    );
    return [];
  });
}

function named(spot: TreeSpot, name: string, path: string, readOnly: boolean): Mount {
  return { volume: { name, path, ...onlyRead(readOnly) }, uses: { name, spot } };
}

function anonymous(context: Context, spot: TreeSpot, key: string, path: string, readOnly: boolean): Mount {
  context.note(
    spot,
    key,
    'a volume without a name goes with its container: a replacement begins with an empty one',
    'Give it a name if its data must stay.',
  );
  return { volume: { path, type: 'ephemeral', ...onlyRead(readOnly) } };
}

function bind(
  context: Context,
  spot: TreeSpot,
  key: string,
  source: string,
  path: string,
  readOnly: boolean,
  makesFolder: boolean,
): Mount {
  const absolute = absolutePath(context, spot, source);
  context.files.add(absolute);
  if (makesFolder && !existsSync(absolute))
    context.note(spot, key, `${source} is not there, and pj does not make it`, 'Make the folder before `pj apply`.');
  return { volume: { source: hostPath(context, spot, source), path, type: 'bind', ...onlyRead(readOnly) } };
}

const onlyRead = (readOnly: boolean): JsonObject => (readOnly ? { readOnly: true } : {});

/** `path[:option,…]`. */
function shortTmpfs(context: Context, item: Scalar, key: string): Mount {
  const [path = '', options = ''] = textOf(item).split(':');
  let size: string | undefined;
  for (const option of options.split(',').filter((one) => one !== '')) {
    const bytes = option.startsWith('size=') ? composeBytes(option.slice(5)) : undefined;
    if (bytes === undefined || bytes === 0) noteOptions(context, item.spot, key, [option]);
    else size = sizeText(bytes);
  }
  return { volume: { path, type: 'tmpfs', ...(size === undefined ? {} : { size }) } };
}

/** A size in bytes or with a unit; 0 is no limit. */
export function sizeOf(context: Context, fields: Fields, key: string): string | undefined {
  const value = fields.scalar(key);
  if (value === undefined) return undefined;
  const bytes = composeBytes(textOf(value));
  if (bytes === undefined) refuse(context, value.spot, `${fields.path}.${key}`, 'it is no size such as 512m or 2g');
  return bytes === undefined || bytes === 0 ? undefined : sizeText(bytes);
}
