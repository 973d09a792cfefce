import type { JsonObject } from '../model/json.ts';
import { suggestion } from '../model/nearest.ts';
import type { Context } from './context.ts';
import { type Fields, withFields } from './fields.ts';
import { plainMap } from './service-env.ts';
import type { Table, TreeSpot } from './tree.ts';

type Thing = 'network' | 'volume';

/** A name that a service uses. */
export interface Use {
  name: string;
  spot: TreeSpot;
}

/**
 * The descriptors of networks or volumes that are used and say more than their name; the others are made by being used. What is used without being
 * declared is reported.
 */
export function thingsOf(
  context: Context,
  thing: Thing,
  declared: Table | undefined,
  uses: readonly Use[],
): JsonObject[] {
  const used = new Set(uses.map(({ name }) => name));
  reportUndeclared(context, thing, declared, uses);
  return [...(declared?.entries ?? [])].flatMap(([name, { key, value }]) => {
    if (name.startsWith('x-')) return [];
    const path = `${thing}s.${name}`;
    if (!used.has(name)) context.note(key, path, 'no service uses it: it was left out', '');
    if (!used.has(name) || value.type !== 'table') return [];
    const block = withFields(context, value, path, (fields) => {
      const own = thing === 'network' ? networkOf(context, fields, name) : volumeOf(context, fields, name);
      return { ...nameOf(fields, name), ...own };
    });
    return Object.keys(block).length === 0 ? [] : [{ applicationId: `${thing}.${name}`, [thing]: block }];
  });
}

function reportUndeclared(context: Context, thing: Thing, declared: Table | undefined, uses: readonly Use[]): void {
  const known = new Set(declared?.entries.keys());
  // Compose has that one without being told.
  if (thing === 'network') known.add('default');
  for (const { name, spot } of uses) {
    if (known.has(name)) continue;
    const details = { thing, name, suggestion: suggestion(name, [...known]) };
    context.report({ code: 'PJ1073', details, spots: [spot] });
  }
}

/** Whose it is, and the engine's own name. */
function nameOf(fields: Fields, name: string): JsonObject {
  const own = fields.text('name');
  const external = fields.get('external');
  const old = external?.type === 'table' ? fields.within('external', (one) => one.text('name')) : undefined;
  const isExternal = external?.type === 'table' || (external !== undefined && fields.boolean('external') === true);
  const called = own ?? old ?? (isExternal ? name : undefined);
  return { ...(isExternal ? { external: true } : {}), ...(called === undefined ? {} : { name: called }) };
}

function networkOf(context: Context, fields: Fields, name: string): JsonObject {
  const driver = fields.text('driver');
  const options = plainMap(context, fields, 'driver_opts', name);
  const labels = plainMap(context, fields, 'labels', name);
  fields.drop('attachable', 'it is for Swarm', '');
  fields.drop('enable_ipv4', 'a network always has IPv4', '');
  const ipam = fields.within('ipam', (one) => ipamOf(context, one)) ?? {};
  return {
    ...(driver === undefined || driver === 'default' || driver === 'bridge' ? {} : { driver }),
    ...(fields.boolean('internal') === true ? { internal: true } : {}),
    ...(fields.boolean('enable_ipv6') === true ? { ipv6: true } : {}),
    ...ipam,
    ...(options === undefined ? {} : { options }),
    ...(labels === undefined ? {} : { labels }),
  };
}

/** The first pool of addresses; pj gives a network one. */
function ipamOf(context: Context, ipam: Fields): JsonObject {
  const driver = ipam.text('driver');
  if (driver !== undefined && driver !== 'default') ipam.drop('driver', 'the engine gives the addresses', '');
  ipam.drop('options', 'the engine gives the addresses', '');
  const [first, ...others] = ipam.items('config');
  for (const other of others)
    context.note(
      other.spot,
      `${ipam.path}.config`,
      'pj gives a network one subnet: the first one was taken',
      'Make a network of its own for the other.',
    );
  if (first?.type !== 'table') return {};
  return withFields(context, first, `${ipam.path}.config[0]`, (pool) => {
    const [subnet, gateway, ipRange] = [pool.text('subnet'), pool.text('gateway'), pool.text('ip_range')];
    pool.drop(
      'aux_addresses',
      'pj keeps no addresses free',
      'Narrow `ipRange`: what is outside of it is never given by itself.',
    );
    return {
      ...(subnet === undefined ? {} : { subnet }),
      ...(gateway === undefined ? {} : { gateway }),
      ...(ipRange === undefined ? {} : { ipRange }),
    };
  });
}

function volumeOf(context: Context, fields: Fields, name: string): JsonObject {
  const driver = fields.text('driver');
  const options = plainMap(context, fields, 'driver_opts', name);
  const labels = plainMap(context, fields, 'labels', name);
  return {
    ...(driver === undefined || driver === 'local' ? {} : { driver }),
    ...(options === undefined ? {} : { options }),
    ...(labels === undefined ? {} : { labels }),
  };
}
