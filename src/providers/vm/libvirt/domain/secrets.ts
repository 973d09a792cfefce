import { createHash } from 'node:crypto';
import type { CallContext } from '../../../contract.ts';
import type { Doing } from '../../disks/contract.ts';
import type { Machine } from '../../machine.ts';
import type { Virsh } from '../connection/virsh.ts';
import { toXml } from '../xml/tree.ts';

/** The libvirt secret of each encrypted disk, by the disk's key. */
export function secretsOf(machine: Machine): Map<string, string> {
  const encrypted = machine.disks.filter(({ encryption }) => encryption !== undefined);
  return new Map(encrypted.map(({ key }) => [key, secretUuid(machine.uuid, key)]));
}

/**
 * Gives libvirt the passphrases for this start: it keeps them in its memory only, and gives them to nobody. The text goes through a pipe, never
 * into a file or an argument.
 */
export async function pushSecrets(virsh: Virsh, machine: Machine, doing: Doing, context: CallContext): Promise<void> {
  for (const [key, uuid] of secretsOf(machine)) {
    const passphrase = machine.disks.find((disk) => disk.key === key)?.encryption?.passphrase ?? '';
    const input = toXml({
      secret: {
        '@ephemeral': 'yes',
        '@private': 'yes',
        uuid,
        description: `pj: ${machine.name}`,
        usage: { '@type': 'volume', volume: `${usageOf(machine)}${uuid}` },
      },
    });
    await virsh.call(['secret-define', '/dev/stdin'], doing, context, { input });
    const argv = ['secret-set-value', uuid, '--file', '/dev/stdin', '--plain'];
    await virsh.call(argv, doing, context, { input: passphrase });
  }
}

/** Whatever was defined for a machine goes, also for disks that it has no more; but not what belongs to `kept`. */
export async function removeSecrets(
  virsh: Virsh,
  machine: Machine,
  doing: Doing,
  context: CallContext,
  kept: ReadonlySet<string> = new Set(),
): Promise<void> {
  for (const line of (await virsh.call(['secret-list'], doing, context)).split('\n')) {
    const [uuid = '', , usage = ''] = line.trim().split(/\s+/);
    if (!usage.startsWith(usageOf(machine)) || kept.has(uuid)) continue;
    await virsh.ask(['secret-undefine', uuid], doing, context);
  }
}

/** By it the secrets of one machine are told from others. */
const usageOf = ({ uuid }: Machine): string => `pj/${uuid}/`;

function secretUuid(machine: string, key: string): string {
  const hex = createHash('sha256').update(`${machine}/${key}`).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `5${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}
