import { PjError } from '../../../errors.ts';
import type { CallContext } from '../../contract.ts';
import type { Doing, Pools } from '../disks/contract.ts';
import type { Virsh } from './connection/virsh.ts';
import { fromXml, number, text } from './xml/tree.ts';

/** A volume may have to be written whole. */
const LONG_MS = 600_000;

/** The storage pools of a connection. */
export function poolsOf(virsh: Virsh): Pools {
  const doing = (action: string, pool: string, volume: string): Doing => ({ action, id: `volume ${pool}/${volume}` });
  const call = (argv: string[], of: Doing, context: CallContext) =>
    virsh.call(argv, of, context, { timeoutMs: LONG_MS });
  return {
    async volume(pool, volume, context) {
      const of = doing('look at', pool, volume);
      const told = await virsh.ask(['vol-dumpxml', volume, '--pool', pool], of, context);
      const xml = told === undefined ? undefined : fromXml(told)?.['volume'];
      if (xml === undefined) {
        if ((await virsh.ask(['pool-info', pool], of, context)) !== undefined) return undefined;
        throw new PjError('PJ5507', {
          disk: `${pool}/${volume}`,
          id: 'a machine',
          reason: `there is no pool ${pool} at ${virsh.uri}`,
        });
      }
      return {
        path: text(xml, 'target', 'path') ?? '',
        format: text(xml, 'target', 'format', '@type') ?? 'raw',
        size: number(xml, 'capacity') ?? 0,
      };
    },
    async make(pool, volume, { size, format, backing }, context) {
      const base = backing === undefined ? [] : ['--backing-vol', backing.path, '--backing-vol-format', backing.format];
      const argv = ['vol-create-as', pool, volume, String(size), '--format', format, ...base];
      await call(argv, doing('make', pool, volume), context);
    },
    grow: async (pool, volume, size, context) =>
      void (await call(['vol-resize', volume, String(size), '--pool', pool], doing('grow', pool, volume), context)),
    upload: async (pool, volume, file, context) =>
      void (await call(['vol-upload', volume, file, '--pool', pool], doing('fill', pool, volume), context)),
    remove: async (pool, volume, context) =>
      void (await virsh.ask(['vol-delete', volume, '--pool', pool], doing('remove', pool, volume), context)),
  };
}
