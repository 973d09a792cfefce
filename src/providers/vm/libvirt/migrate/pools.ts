import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { PjError } from '../../../../errors.ts';
import type { CallContext } from '../../../contract.ts';
import type { Doing } from '../../disks/contract.ts';
import type { Virsh } from '../connection/virsh.ts';
import { fromXml, text } from '../xml/tree.ts';

/** Pools that are there for a look only. */
const PREFIX = 'pj-look-';
const OTHER = new RegExp(`conflict with pool: '(${PREFIX}[^']+)'`);
const TRIES = 50;
const TRY_AGAIN = 300;

/** The pool of a folder, or why libvirt cannot look into it. */
export type FolderPool = { pool: string } | { reason: string };

/** libvirt tells of files in pools only: folders that are in none get one for as long as `use` takes. */
export async function withPools<T>(
  virsh: Virsh,
  folders: readonly string[],
  doing: Doing,
  context: CallContext,
  use: (pools: ReadonlyMap<string, FolderPool>) => Promise<T>,
): Promise<T> {
  const pools = new Map<string, FolderPool>();
  try {
    for (const folder of new Set(folders)) pools.set(folder, await poolFor(virsh, folder, doing, context));
    return await use(pools);
  } finally {
    const free = { ...context, signal: new AbortController().signal };
    for (const found of pools.values())
      if ('pool' in found && found.pool.startsWith(PREFIX)) await virsh.ask(['pool-destroy', found.pool], doing, free);
  }
}

async function poolFor(virsh: Virsh, folder: string, doing: Doing, context: CallContext): Promise<FolderPool> {
  const name = `${PREFIX}${randomBytes(4).toString('hex')}`;
  for (let tries = 1; ; tries++) {
    const there = await poolAt(virsh, folder, doing, context);
    if (there !== undefined) {
      await virsh.ask(['pool-refresh', there], doing, context);
      return { pool: there };
    }
    try {
      await virsh.call(['pool-create-as', name, 'dir', '--target', folder], doing, context);
      return { pool: name };
    } catch (thrown) {
      if (!(thrown instanceof PjError) || thrown.code !== 'PJ5505') throw thrown;
      const reason = String(thrown.details['reason']);
      if (/cannot open directory|No such file/i.test(reason)) return { reason: `there is no folder ${folder}` };
      const other = OTHER.exec(reason)?.[1];
      if (other === undefined) return { reason };
      // Another run looks into it just now, or was killed while it did.
      if (tries === TRIES) await virsh.ask(['pool-destroy', other], doing, context);
      else if (tries > TRIES) return { reason };
      else await pause(TRY_AGAIN, undefined, { signal: context.signal });
    }
  }
}

/** One that stays: those of other runs go any moment. */
async function poolAt(virsh: Virsh, folder: string, doing: Doing, context: CallContext): Promise<string | undefined> {
  const names = (await virsh.call(['pool-list', '--name'], doing, context)).split('\n').map((name) => name.trim());
  const kept = names.filter((name) => name !== '' && !name.startsWith(PREFIX));
  const texts = await virsh.batch(
    kept.map((name) => ['pool-dumpxml', name]),
    doing,
    context,
  );
  return kept.find((_, i) => text(fromXml(texts[i] ?? ''), 'pool', 'target', 'path') === folder);
}
