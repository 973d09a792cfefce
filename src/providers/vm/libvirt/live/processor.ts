import { PjError } from '../../../../errors.ts';
import { bringVcpusOnline } from '../../guest/hardware.ts';
import { pingAgent } from '../../guest/ping.ts';
import { statsIn } from '../domain/see.ts';
import { guestAgentOf } from '../guest.ts';
import { CPU_PERIOD, quotaOf } from '../xml/domain.ts';
import { number, one } from '../xml/tree.ts';
import type { Changing } from './live.ts';
import { verify } from './verify.ts';

const KIB = 1024;
const MIB = 1024 * 1024;

/** The share of processor time. */
export async function changeQuota({ virsh, seen, target, doing, context }: Changing): Promise<void> {
  const wanted = target.spec.resources?.cpu;
  const quota = wanted === undefined ? -1 : quotaOf(wanted);
  if (quota === (number(seen.live, 'cputune', 'global_quota') ?? -1)) return;
  const set = [`global_period=${CPU_PERIOD}`, `global_quota=${quota}`].flatMap((one) => ['--set', one]);
  await virsh.call(['schedinfo', seen.uuid, '--live', ...set], doing, context);
}

/** More processors. A guest that has an agent is made to use them. */
export async function changeVcpus(changing: Changing): Promise<void> {
  const { virsh, seen, machine, doing, context } = changing;
  const now = vcpusOf(seen.stats);
  if (machine.vcpu === now) return;
  // QEMU may crash of it, and guests do.
  if (now !== undefined && now > machine.vcpu)
    throw new PjError('PJ5510', { id: doing.id, reason: 'a processor cannot be taken from a guest that runs' });
  await virsh.call(['setvcpus', seen.uuid, String(machine.vcpu), '--live'], doing, context);
  const agent = guestAgentOf(virsh, seen.uuid, doing.id);
  const asks = hasAgent(changing) && (await pingAgent(agent, context.signal)).healthy;
  await verify(changing, async () => {
    const has = asks ? await bringVcpusOnline(agent, context.signal) : vcpusOf(await statsNow(changing));
    return has === machine.vcpu
      ? undefined
      : `${asks ? 'the guest uses' : 'it has'} ${has ?? 'no known number of'} processors, not ${machine.vcpu}`;
  });
}

/** Through the balloon: what is not to be used is in it. */
export async function changeMemory(changing: Changing): Promise<void> {
  const { virsh, seen, machine, doing, context } = changing;
  const wanted = Math.ceil(machine.memory / KIB);
  if (wanted === number(seen.live, 'currentMemory')) return;
  await virsh.call(['setmem', seen.uuid, String(wanted), '--live'], doing, context);
  await verify(changing, async () => {
    const has = Number((await statsNow(changing))['balloon.current']);
    if (Math.abs(has - wanted) <= KIB) return undefined;
    return `the guest has ${Math.round((has * KIB) / MIB)} MiB of memory, not ${Math.round(machine.memory / MIB)} (has it a balloon driver?)`;
  });
}

const hasAgent = ({ seen }: Changing): boolean => one(seen.live, 'devices', 'channel') !== undefined;

const vcpusOf = (stats: Readonly<Record<string, string>>): number | undefined =>
  stats['vcpu.current'] === undefined ? undefined : Number(stats['vcpu.current']);

async function statsNow({ virsh, seen, doing, context }: Changing): Promise<Readonly<Record<string, string>>> {
  const told = await virsh.call(['domstats', '--raw', '--vcpu', '--balloon', seen.uuid], doing, context);
  return statsIn(told).get(seen.name) ?? {};
}
