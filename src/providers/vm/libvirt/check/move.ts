import type { JsonObject } from '../../../../model/json.ts';
import type { Identity } from '../../../../model/record.ts';
import { folderOf, readFolder } from '../../folder.ts';
import type { Machine } from '../../machine.ts';
import type { Virsh } from '../connection/virsh.ts';
import { isOwn, seeDomain } from '../domain/see.ts';
import { isSameHost } from '../migrate/hosts.ts';
import { prospectOf } from '../migrate/prospect.ts';
import type { Checking } from './check.ts';

const OLD = 'The old one is kept where it is; nobody uses it any more.';

/** What stands against a machine's migration. `machine`: as it is now. Gives whether there is nothing more to look at: it stays on its host. */
export async function moveFindings(
  { virsh: to, workload: { id, spec }, dir, error, warning, context }: Checking,
  from: Virsh,
  machine: Machine,
  identity: Identity,
  handle: JsonObject | null,
): Promise<boolean> {
  const doing = { action: 'look at', id };
  const uuid = typeof handle?.['uuid'] === 'string' ? handle['uuid'] : machine.uuid;
  const seen = await seeDomain(from, { key: uuid, networks: [] }, doing, context);
  const there = await seeDomain(to, { key: uuid, networks: [] }, doing, context);
  if (there !== undefined && !isOwn(there, identity, handle)) {
    error(
      '/vm/host',
      `the domain ${there.name} at ${to.uri} has its uuid`,
      "Undefine that one: it is somebody else's.",
    );
    return true;
  }
  // It may be there already: a run before was killed.
  if (seen === undefined || !isOwn(seen, identity, handle)) return false;
  const way = { from, to, seen, doing, context };
  if (await isSameHost(way)) {
    if (there === undefined)
      error('/vm/host', `${to.uri} is its own host, where it would not be seen`, 'Name another host.');
    return true;
  }
  // What a killed run has begun there is its own.
  if (there !== undefined) return false;
  const { moving } = readFolder(folderOf(dir, uuid, handle)) ?? {};
  const { obstacles, copies } = await prospectOf(way, machine, moving?.to === to.uri ? moving.copies : []);
  for (const { path, message, hint } of obstacles) error(path, message, hint);
  for (const { target, name } of copies)
    warning('/vm/disks', `the disk ${target} (${name}) is copied, which is experimental`, OLD);
  if (from.local && !to.local && spec.vm?.serial !== false)
    warning('/vm/serial', 'its serial log is kept on this host only, and ends', 'See it there with virsh console.');
  return false;
}
