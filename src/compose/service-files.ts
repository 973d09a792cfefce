import type { JsonObject } from '../model/json.ts';
import { suggestion } from '../model/nearest.ts';
import { absolutePath, type Context, hostPath, refuse } from './context.ts';
import { type Fields, withFields } from './fields.ts';
import { type Table, type TreeSpot, textOf } from './tree.ts';

const PLACES = { secrets: '/run/secrets/', configs: '/' } as const;

/** Secrets and configs of Compose that are files: it mounts them, so that a bind is the same. Others are listed. */
export function fileMounts(
  context: Context,
  fields: Fields,
  kind: keyof typeof PLACES,
  declared: Table | undefined,
): JsonObject[] {
  return fields.items(kind).flatMap((item, i): JsonObject[] => {
    const key = `${fields.path}.${kind}[${i}]`;
    if (item.type === 'list') return refuse(context, item.spot, key, 'it must be a name or a map') ?? [];
    if (item.type === 'scalar') return mount(context, item.spot, key, kind, declared, textOf(item), undefined);
    return withFields(context, item, key, (one) => {
      for (const mode of ['uid', 'gid', 'mode'])
        one.drop(mode, 'a file keeps the owner and rights that it has on this host', 'Set them there (chown, chmod).');
      return mount(context, item.spot, key, kind, declared, one.text('source') ?? '', one.text('target'));
    });
  });
}

function mount(
  context: Context,
  spot: TreeSpot,
  key: string,
  kind: keyof typeof PLACES,
  declared: Table | undefined,
  name: string,
  target: string | undefined,
): JsonObject[] {
  const source = declared?.entries.get(name)?.value;
  if (source === undefined) {
    const details = {
      thing: kind.slice(0, -1),
      name,
      suggestion: suggestion(name, [...(declared?.entries.keys() ?? [])]),
    };
    context.report({ code: 'PJ1073', details, spots: [spot] });
    return [];
  }
  const file = source.type === 'table' ? source.entries.get('file')?.value : undefined;
  if (file?.type !== 'scalar') {
    const advice =
      kind === 'secrets'
        ? 'Put it into a file and mount that as a bind, or give it in `env` as `${secret.NAME}`, declared in pj.yaml.'
        : 'Write it into a file and mount that as a bind, or give it in `env`.';
    context.note(spot, key, `the ${kind.slice(0, -1)} ${name} is no file of this host: it is not mounted`, advice);
    return [];
  }
  context.files.add(absolutePath(context, file.spot, textOf(file)));
  const path =
    target === undefined ? `${PLACES[kind]}${name}` : target.startsWith('/') ? target : `${PLACES[kind]}${target}`;
  return [{ source: hostPath(context, file.spot, textOf(file)), path, type: 'bind', readOnly: true }];
}
