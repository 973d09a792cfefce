import type { MachineDisk } from '../../machine.ts';
import { diskXml } from '../xml/devices.ts';
import { all, fromXml, one, text, toXml, type Xml } from '../xml/tree.ts';
import type { Changing } from './live.ts';
import { verify } from './verify.ts';

/** Disks that come, go and grow. */
export async function changeDisks(changing: Changing): Promise<void> {
  const { virsh, seen, machine, secrets, doing, context } = changing;
  const there = disksIn(seen.live);
  const wanted = new Set(machine.disks.map(({ key }) => key));
  for (const disk of there.filter(({ key }) => !wanted.has(key))) {
    await virsh.call(['detach-disk', seen.uuid, disk.target, '--live'], doing, context);
    await verify(changing, async () =>
      (await disksNow(changing)).some(({ key }) => key === disk.key)
        ? `the guest does not let go of the disk ${disk.target}`
        : undefined,
    );
  }
  const used = targetsIn(seen.live);
  for (const disk of machine.disks) {
    const known = there.find(({ key }) => key === disk.key);
    if (known === undefined) {
      const plugged = { ...disk, target: freeTarget(disk, used) };
      used.add(plugged.target);
      const input = toXml({ disk: diskXml(plugged, secrets.get(disk.key)) });
      await virsh.call(['attach-device', seen.uuid, '/dev/stdin', '--live'], doing, context, { input });
    } else if (disk.size !== undefined) await grow(changing, disk, known.target, disk.size);
  }
}

/** A disk that is larger already stays so. */
async function grow(changing: Changing, disk: MachineDisk, target: string, size: number): Promise<void> {
  const { virsh, seen, doing, context } = changing;
  const told = await virsh.call(['domblkinfo', seen.uuid, target], doing, context);
  const now = Number(/^Capacity:\s+(\d+)/m.exec(told)?.[1] ?? size);
  if (now >= size) return;
  context.progress(`growing ${disk.path ?? disk.volume ?? target}`);
  await virsh.call(['blockresize', seen.uuid, target, `${size}B`], doing, context);
}

/** A disk of a domain. */
export interface DomainDisk {
  /** As in a machine. */
  key: string;
  target: string;
}

/** The disks in a domain's XML, CDs aside. */
export const disksIn = (domain: Xml): DomainDisk[] =>
  all(one(domain, 'devices'), 'disk')
    .filter((disk) => (text(disk, '@device') ?? 'disk') === 'disk')
    .map((disk) => ({ key: keyOf(disk), target: text(disk, 'target', '@dev') ?? '' }));

/** The names that are taken, those of CDs too. */
const targetsIn = (domain: Xml): Set<string> =>
  new Set(all(one(domain, 'devices'), 'disk').map((disk) => text(disk, 'target', '@dev') ?? ''));

function keyOf(disk: Xml): string {
  const at = (name: string): string => text(disk, 'source', `@${name}`) ?? '';
  return text(disk, '@type') === 'volume' ? `pool:${at('pool')}/${at('volume')}` : `file:${at('file')}`;
}

async function disksNow({ virsh, seen, doing, context }: Changing): Promise<DomainDisk[]> {
  const told = await virsh.call(['dumpxml', seen.uuid], doing, context);
  return disksIn(one(fromXml(told), 'domain') ?? {});
}

/** Its own name, or the next where one is plugged under that name now. */
function freeTarget({ target }: MachineDisk, used: ReadonlySet<string>): string {
  const letters = Array.from('abcdefghijklmnopqrstuvwxyz', (letter) => `${target.slice(0, 2)}${letter}`);
  return [target, ...letters].find((each) => !used.has(each)) ?? target;
}
