import { PjError } from '../../../../errors.ts';
import { bringVcpusOnline } from '../../guest/hardware.ts';
import { pingAgent } from '../../guest/ping.ts';
import { type SeenDomain, statsIn } from '../domain/see.ts';
import { guestAgentOf } from '../guest.ts';
import { CPU_PERIOD, quotaOf } from '../xml/domain.ts';
import { number, one } from '../xml/tree.ts';
import type { Changing } from './live.ts';
import { verify } from './verify.ts';

const KIB = 1024;
const MIB = 1024 * 1024;
/** KiB: a balloon goes by pages. */
const PAGES = 64;

/** What a change of a limit needs. */
export type Limiting = Pick<Changing, 'virsh' | 'doing' | 'context'> & { seen: Pick<SeenDomain, 'name' | 'uuid'> };

/** The share of processor time. */
export async function changeQuota(changing: Changing): Promise<void> {
  const { seen, target } = changing;
  const wanted = target.spec.resources?.cpu;
  if ((wanted === undefined ? -1 : quotaOf(wanted)) === (number(seen.live, 'cputune', 'global_quota') ?? -1)) return;
  await setQuota(changing, wanted);
}

/** Sets the share of processor time, in cores; undefined lifts it. Gives what the kernel holds then: what dumpxml tells too. Throws PJ5510 where that is another. */
export async function setQuota(limiting: Limiting, cores: number | undefined): Promise<number | undefined> {
  const { virsh, seen, doing, context } = limiting;
  const quota = cores === undefined ? -1 : quotaOf(cores);
  const set = [`global_period=${CPU_PERIOD}`, `global_quota=${quota}`].flatMap((one) => ['--set', one]);
  await virsh.call(['schedinfo', seen.uuid, '--live', ...set], doing, context);
  // Of one that runs libvirt reads it from the kernel.
  const told = await virsh.call(['schedinfo', seen.uuid, '--live'], doing, context);
  const now = (name: string): number =>
    Number(new RegExp(`^${name}\\s*:\\s*(-?\\d+)$`, 'm').exec(told)?.[1] ?? Number.NaN);
  const [held, period] = [now('global_quota'), now('global_period')];
  // Without a limit libvirt tells -1, or the largest number that there is.
  const limited = held > 0 && held < 2 ** 52;
  if (quota < 0 ? limited : held !== quota || period !== CPU_PERIOD) {
    const has = limited ? `${held / period} cores` : 'no limit';
    const reason = `the kernel holds ${has}, not ${cores === undefined ? 'no limit' : `${cores} cores`}`;
    throw new PjError('PJ5510', { id: doing.id, reason });
  }
  return quota < 0 ? undefined : held / period;
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
  const { seen, machine } = changing;
  if (Math.ceil(machine.memory / KIB) !== number(seen.live, 'currentMemory'))
    await setBalloon(changing, machine.memory);
}

/** Leaves the guest so many bytes, and gives what it has then: what dumpxml tells too. Throws PJ5510 where it does not give them back, or take them. */
export async function setBalloon(limiting: Limiting, bytes: number): Promise<number> {
  const { virsh, seen, doing, context } = limiting;
  const wanted = Math.ceil(bytes / KIB);
  await virsh.call(['setmem', seen.uuid, String(wanted), '--live'], doing, context);
  let has = Number.NaN;
  try {
    await verify(limiting, async () => {
      has = Number((await statsNow(limiting))['balloon.current']);
      if (Math.abs(has - wanted) < PAGES) return undefined;
      return `the guest has ${Math.round((has * KIB) / MIB)} MiB of memory, not ${Math.round(bytes / MIB)} (has it a balloon driver?)`;
    });
  } catch (error) {
    // A balloon that is nearly as it should be is so.
    if (!(Math.abs(has - wanted) <= KIB)) throw error;
  }
  return has * KIB;
}

const hasAgent = ({ seen }: Changing): boolean => one(seen.live, 'devices', 'channel') !== undefined;

const vcpusOf = (stats: Readonly<Record<string, string>>): number | undefined =>
  stats['vcpu.current'] === undefined ? undefined : Number(stats['vcpu.current']);

async function statsNow({ virsh, seen, doing, context }: Limiting): Promise<Readonly<Record<string, string>>> {
  const told = await virsh.call(['domstats', '--raw', '--vcpu', '--balloon', seen.uuid], doing, context);
  return statsIn(told).get(seen.name) ?? {};
}
