import { resolve } from 'node:path';
import type { Json, Pointer } from '../../../model/json.ts';
import type { Observed } from '../../../model/observed.ts';
import type { WorkloadRecord } from '../../../model/record.ts';
import type { CallContext } from '../../contract.ts';
import { folderOf, readFolder } from '../folder.ts';
import { type Machine, machineOf } from '../machine.ts';
import type { Machines } from '../runtime.ts';
import { seedFields } from '../seed/seed.ts';
import type { Virsh } from './connection/virsh.ts';
import type { LibvirtContext } from './context.ts';
import { attributesOf, handleOf } from './domain/attributes.ts';
import { fieldsOf } from './domain/fields.ts';
import { lookAt, type SeenDomain, seeDomains } from './domain/see.ts';
import { statusOf } from './domain/status.ts';
import { locate, otherPlaces } from './migrate/places.ts';

/** What became of machines: one process for all of one connection. */
export function domainRead(ctx: LibvirtContext): Machines['read'] {
  const dir = resolve(ctx.options.dir);
  return async (records, context) => {
    const groups = new Map<string, WorkloadRecord[]>();
    for (const record of records.filter(({ handle }) => typeof handle?.['uuid'] === 'string')) {
      const uri = ctx.uriOf(record);
      groups.set(uri, [...(groups.get(uri) ?? []), record]);
    }
    const observed = await Promise.all(
      [...groups].map(async ([uri, some]) => {
        const virsh = ctx.virsh(uri);
        const doing = { action: 'read', id: some.map(({ id }) => id).join(', ') };
        const looks = some.map((record) => lookAt(machineOfRecord(record, dir)));
        const { seen, uuids } = await seeDomains(virsh, looks, doing, context);
        ctx.justRead.set(uri, { seen: seen.filter((one) => one !== undefined), uuids });
        return some.map((record, i) => observe(dir, record, seen[i], virsh));
      }),
    );
    const told = new Map(observed.flat().map((one) => [one.id, one]));
    for (const record of records) {
      if (told.get(record.id)?.status !== 'running') {
        const elsewhere = await readElsewhere(record, context);
        if (elsewhere !== undefined) told.set(record.id, elsewhere);
      }
    }
    return records.map((record) => told.get(record.id) ?? goneOf(record.id));
  };

  /** A migration may have brought it there. */
  async function readElsewhere(record: WorkloadRecord, context: CallContext): Promise<Observed | undefined> {
    const uuid = record.handle?.['uuid'];
    const others = typeof uuid === 'string' ? otherPlaces(ctx, uuid, record.handle) : [];
    if (typeof uuid !== 'string' || others.length === 0) return undefined;
    const doing = { action: 'read', id: record.id };
    const found = await locate(ctx, uuid, [ctx.uriOf(record), ...others], doing, context);
    return found?.seen === undefined ? undefined : observe(dir, record, found.seen, found.virsh);
  }
}

/** As it was made: the uuid and the cards. */
function machineOfRecord({ id, spec, handle, generation }: WorkloadRecord, dir: string): Machine {
  const identity = { project: '', lineage: '', id, generation };
  return { ...machineOf(identity, spec, dir), uuid: String(handle?.['uuid']) };
}

const goneOf = (id: string): Observed => ({ id, status: 'gone', fields: {}, attributes: {}, handle: null });

function observe(dir: string, record: WorkloadRecord, seen: SeenDomain | undefined, virsh: Virsh): Observed {
  const { id, spec, handle } = record;
  const identity = { ...(seen?.marks?.identity ?? { project: '', lineage: '' }), id, generation: record.generation };
  // Its marks have the id that it was made under; the uuid is in them as in the handle.
  if (seen === undefined || (seen.marks === undefined && handle?.['imported'] !== true)) return goneOf(id);
  const machine = { ...machineOf(identity, spec, dir), uuid: seen.uuid };
  const folder = folderOf(dir, seen.uuid, handle);
  const fields: Record<Pointer, Json> = {
    ...fieldsOf(spec, machine, seen),
    ...(spec.vm?.host === undefined ? {} : { '/vm/host': hostOf(folder, virsh) }),
    ...seedFields(spec, folder, dir),
  };
  const attributes = attributesOf(seen, virsh);
  const { status, detail, since } = statusOf(seen, spec, virsh.local);
  const began = status === 'running' ? attributes['startedAt'] : undefined;
  const at = since ?? (typeof began === 'string' ? began : undefined);
  return {
    id,
    status,
    fields,
    attributes,
    handle: handleOf(seen, virsh, handle),
    ...(at === undefined ? {} : { since: at }),
    ...(detail === undefined ? {} : { detail }),
  };
}

/** Where it is, and where else something of it is since a migration was killed. */
function hostOf(folder: string, { uri }: Virsh): string {
  const { moving, uri: from } = readFolder(folder) ?? {};
  if (moving === undefined) return uri;
  return `${uri}, and something of it at ${moving.to === uri ? from : moving.to}`;
}
