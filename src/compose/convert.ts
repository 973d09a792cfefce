import { dirname } from 'node:path';
import { finishErrors } from '../descriptors/finish.ts';
import type { Problem } from '../descriptors/problem.ts';
import type { PjError } from '../errors.ts';
import type { JsonObject } from '../model/json.ts';
import { type Context, collectNotes, refuse } from './context.ts';
import { environmentOf } from './environment.ts';
import { extendServices } from './extends.ts';
import { withFields } from './fields.ts';
import { filler } from './fill.ts';
import type { Note } from './notes.ts';
import { projectName } from './project-name.ts';
import { composeFiles, makeReader, readAll } from './read.ts';
import { collectSecrets, type ImportedSecret } from './secrets.ts';
import { type Service, serviceOf } from './service.ts';
import { thingsOf } from './things.ts';
import type { Table } from './tree.ts';

export interface ConvertOptions {
  /** As given; relative to the working directory. */
  files: readonly string[];
  /** The project's folder, absolute. */
  out: string;
  /** Where paths in messages start. */
  from: string;
  env: Readonly<Record<string, string | undefined>>;
}

/** What becomes of Compose files. */
export interface Converted {
  name: string;
  /** By file name. */
  descriptors: Map<string, JsonObject>;
  secrets: ImportedSecret[];
  notes: Note[];
  /** Absolute paths of files that are no descriptors wherever they lie: the Compose files, what they mount. */
  files: string[];
  errors: PjError[];
}

/** Reads Compose files and makes descriptors of them. Writes nothing. What is wrong is in the result. */
export async function convertCompose({ files, out, from, env }: ConvertOptions): Promise<Converted> {
  const problems: Problem[] = [];
  const report = (problem: Problem): void => void problems.push(problem);
  const { notes, note } = collectNotes();
  const secrets = collectSecrets();
  const paths = composeFiles(files);
  const environment = environmentOf(dirname(paths[0] ?? '.'), env);
  const reader = makeReader(from, report, filler(environment, secrets, note, report));
  const top = await readAll(reader, paths, report);
  const descriptors = new Map<string, JsonObject>();
  const name = projectName(top, environment, out);
  const context: Context = { out, project: name, environment, secrets, report, note, files: new Set(paths) };
  if (top !== undefined) {
    if (!top.entries.has('services'))
      report({
        code: 'PJ1070',
        details: { file: top.spot.file.path, what: 'it has no `services`' },
        spots: [top.spot],
      });
    const services = await extendServices(reader, top, report);
    for (const descriptor of descriptorsOf(context, top, services)) {
      const id = String(descriptor['applicationId']);
      // That file is the project's own.
      const file = id === 'pj' ? 'pj.service.yaml' : `${id}.yaml`;
      if (descriptors.has(file)) refuse(context, top.spot, id, 'two of them would be called so');
      descriptors.set(file, withoutEmpty(descriptor));
    }
  }
  const text = JSON.stringify([...descriptors.values()]);
  return {
    name,
    descriptors,
    secrets: secrets.all().filter((secret) => text.includes(`\${secret.${secret.name}}`)),
    notes: notes.sort(byPlace),
    files: [...context.files, ...reader.paths],
    errors: await finishErrors(problems, (each) => each),
  };
}

function descriptorsOf(
  context: Context,
  top: Table,
  services: Awaited<ReturnType<typeof extendServices>>,
): JsonObject[] {
  return withFields(context, top, '', (fields) => {
    for (const [i, item] of fields.items('include').entries()) {
      if (item.type === 'table') withFields(context, item, `include[${i}]`, (one) => one.get('path'));
    }
    fields.text('name');
    // It has said nothing since 2020.
    fields.text('version');
    const [networks, volumes, secrets, configs] = ['networks', 'volumes', 'secrets', 'configs'].map((key) => {
      const tree = fields.get(key);
      return tree?.type === 'table' ? tree : undefined;
    });
    const tree = fields.get('services');
    if (tree !== undefined && tree.type !== 'table')
      context.report({ code: 'PJ1074', details: { key: 'services', reason: 'it must be a map' }, spots: [tree.spot] });
    const ids = new Map([...services.keys()].map((name) => [name, idOf(name)]));
    const made = [...services].flatMap(([name, service]): Service[] => {
      if (service.type === 'table') return [serviceOf(context, name, service, { ids, secrets, configs }) ?? []].flat();
      context.report({
        code: 'PJ1074',
        details: { key: `services.${name}`, reason: 'it must be a map' },
        spots: [service.spot],
      });
      return [];
    });
    const [usedNetworks, usedVolumes] = [made.flatMap((one) => one.networks), made.flatMap((one) => one.volumes)];
    return [
      ...made.map(({ descriptor }) => descriptor),
      ...thingsOf(context, 'network', networks, usedNetworks),
      ...thingsOf(context, 'volume', volumes, usedVolumes),
    ];
  });
}

/** A service's name as an id of pj. */
const idOf = (name: string): string =>
  name
    .replace(/[^A-Za-z0-9._-]/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 63);

/** A descriptor without what is empty. */
function withoutEmpty(value: JsonObject): JsonObject {
  const entries = Object.entries(value).flatMap(([key, each]): [string, JsonObject[string]][] => {
    const isMap = typeof each === 'object' && each !== null && !Array.isArray(each);
    const kept = isMap && key === 'container' ? withoutEmpty(each) : each;
    const isEmpty =
      kept === undefined ||
      (key !== 'entrypoint' && typeof kept === 'object' && kept !== null && Object.keys(kept).length === 0);
    return isEmpty ? [] : [[key, kept]];
  });
  return Object.fromEntries(entries);
}

const byPlace = ({ place: a }: Note, { place: b }: Note): number =>
  a.file === b.file ? a.line - b.line || a.column - b.column : a.file < b.file ? -1 : 1;
