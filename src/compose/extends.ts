import { resolve } from 'node:path';
import type { Report } from '../descriptors/problem.ts';
import { suggestion } from '../model/nearest.ts';
import { mergeTables } from './merge.ts';
import type { Reader } from './read.ts';
import { type Table, type Tree, type TreeSpot, textOf } from './tree.ts';

/** The services of a file, each with what it `extends` laid under it. */
export async function extendServices(reader: Reader, top: Table, report: Report): Promise<Map<string, Tree>> {
  const services = servicesOf(top);
  const full = new Map<string, Tree>();
  for (const name of services?.entries.keys() ?? []) {
    if (name.startsWith('x-')) continue;
    const service = services?.entries.get(name)?.value;
    if (service !== undefined) full.set(name, await extend(reader, top, name, service, report, []));
  }
  return full;
}

/** The map of services of a file. */
export function servicesOf(top: Table): Table | undefined {
  const services = top.entries.get('services')?.value;
  return services?.type === 'table' ? services : undefined;
}

async function extend(
  reader: Reader,
  top: Table,
  name: string,
  service: Tree,
  report: Report,
  on: readonly string[],
): Promise<Tree> {
  const written = service.type === 'table' ? service.entries.get('extends')?.value : undefined;
  if (service.type !== 'table' || written === undefined) return service;
  const entries = new Map(service.entries);
  entries.delete('extends');
  const own: Table = { ...service, entries };
  const refuse = (spot: TreeSpot, reason: string): Table => {
    report({ code: 'PJ1074', details: { key: `services.${name}.extends`, reason }, spots: [spot] });
    return own;
  };
  const base = part(written, 'service') ?? (written.type === 'scalar' ? textOf(written) : undefined);
  if (base === undefined) return refuse(written.spot, 'it names no service');
  const file = part(written, 'file');
  const path = file === undefined ? undefined : resolve(written.spot.file.base, file);
  const there = path === undefined ? top : await reader.read(path);
  if (there === undefined) return own;
  const found = servicesOf(there)?.entries.get(base)?.value;
  if (found?.type !== 'table') {
    const known = [...(servicesOf(there)?.entries.keys() ?? [])];
    return refuse(written.spot, `there is no service \`${base}\`${suggestion(base, known)}`);
  }
  const step = `${path ?? ''}#${base}`;
  if (on.includes(step)) return refuse(written.spot, 'the services extend each other');
  const below = await extend(reader, there, base, found, report, [...on, step]);
  return below.type === 'table' ? mergeTables(below, own) : own;
}

function part(tree: Tree, key: string): string | undefined {
  const value = tree.type === 'table' ? tree.entries.get(key)?.value : undefined;
  return value?.type === 'scalar' && value.value !== null ? textOf(value) : undefined;
}
