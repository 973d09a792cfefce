import { resolve } from 'node:path';
import type { JsonObject } from '../../../../model/json.ts';
import type { CallContext } from '../../../contract.ts';
import type { Doing } from '../../disks/contract.ts';
import { folderOf, readFolder } from '../../folder.ts';
import type { Virsh } from '../connection/virsh.ts';
import type { LibvirtContext } from '../context.ts';
import { type SeenDomain, seeDomain } from '../domain/see.ts';

/** virDomainState and virDomainPausedReason. */
const [RUNNING, PAUSED, FOR_MIGRATION] = ['1', '3', '2'];

/** A domain, and the connection that it is on. */
export interface Placed {
  virsh: Virsh;
  seen: SeenDomain | undefined;
}

/** Where else than its handle says a machine may be: a migration may have been killed, or have ended with nobody there to write it down. */
export function otherPlaces(ctx: LibvirtContext, uuid: string, handle: JsonObject | null | undefined): string[] {
  const record = readFolder(folderOf(resolve(ctx.options.dir), uuid, handle));
  const told = [record?.uri, record?.moving?.to];
  return [...new Set(told)].filter((uri) => uri !== undefined && uri !== handle?.['uri']) as string[];
}

/** Where a machine is, of the connections that it may be on: it runs on one of them at most. */
export async function locate(
  ctx: LibvirtContext,
  uuid: string,
  uris: readonly string[],
  doing: Doing,
  context: CallContext,
): Promise<Placed | undefined> {
  const placed: Placed[] = [];
  for (const uri of uris) {
    const virsh = ctx.virsh(uri);
    const seen = await seeDomain(virsh, { key: uuid, forwards: true }, doing, context);
    if (seen !== undefined && runs(seen)) return { virsh, seen };
    placed.push({ virsh, seen });
  }
  const there = placed.filter(({ seen }) => seen !== undefined);
  // One that stands still for a migration comes before one that was never started.
  return there.find(({ seen }) => seen?.live !== undefined) ?? there[0] ?? placed[0];
}

const runs = ({ live, stats }: SeenDomain): boolean =>
  live !== undefined && (stats['state.state'] === undefined || stats['state.state'] === RUNNING);

/** It stands still because its migration did not come to its end. */
export const standsStill = ({ stats }: SeenDomain): boolean =>
  stats['state.state'] === PAUSED && stats['state.reason'] === FOR_MIGRATION;
