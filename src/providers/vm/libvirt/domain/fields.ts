import type { Json, Pointer } from '../../../../model/json.ts';
import type { Spec } from '../../../../model/spec.ts';
import type { VmSpec } from '../../../../model/vm-spec.ts';
import type { Machine } from '../../machine.ts';
import { cardsIn, macOf } from '../live/cards.ts';
import { disksIn } from '../live/disks.ts';
import { CPU_PERIOD, quotaOf } from '../xml/domain.ts';
import { number, text, type Xml } from '../xml/tree.ts';
import { isMet, netOf } from './forwards.ts';
import type { SeenDomain } from './see.ts';

const KIB = 1024;

/** What reality has, for what the user has set: as it runs where it runs, and as it will start next where only that was changed. */
export function fieldsOf(spec: Spec, machine: Machine, seen: SeenDomain): Record<Pointer, Json> {
  const { vm = {}, resources = {} } = spec;
  const fields: Record<Pointer, Json> = {};
  /** The first that is not as it should be is told. */
  const tell = (path: Pointer, wanted: Json | undefined, look: (domain: Xml) => Json | undefined): void => {
    if (wanted === undefined) return;
    const told = [seen.live, seen.config].flatMap((domain) => (domain === undefined ? [] : [look(domain)]));
    const values = told.filter((value) => value !== undefined);
    const other = values.find((value) => JSON.stringify(value) !== JSON.stringify(wanted)) ?? values[0];
    if (other !== undefined) fields[path] = other;
  };
  tell('/vm/vcpu', vm.vcpu, currentVcpus);
  const memoryAt = vm.memory === undefined ? '/resources/memory' : '/vm/memory';
  tell(memoryAt, vm.memory ?? resources.memory, (domain) => memoryIn(domain, machine));
  // Somebody has started it with less: nothing but a start gives it room again.
  const room = number(seen.live, 'memory');
  if (room !== undefined && room * KIB < machine.memory) fields['/vm/maxMemory'] = room * KIB;
  tell('/vm/maxVcpu', vm.maxVcpu, (domain) => number(domain, 'vcpu'));
  tell('/resources/cpu', resources.cpu, (domain) => coresIn(domain, resources.cpu ?? 0));
  tell('/vm/disks', vm.disks as Json, (domain) => keptOf(vm.disks ?? [], machine, domain) as Json);
  tell('/vm/networks', vm.networks as Json, (domain) => cardsOf(vm.networks ?? [], machine, domain) as Json);
  tell('/vm/autostart', vm.autostart, () => seen.autostart);
  for (const [key, look] of Object.entries(BOOT)) {
    const wanted = vm[key as keyof VmSpec];
    if (typeof wanted === 'string') tell(`/vm/${key}`, wanted, (domain) => look(domain, wanted));
  }
  if (seen.live !== undefined && vm.ports !== undefined) {
    const ports = portsOf(vm.ports, machine, { ...seen, live: seen.live });
    if (ports !== undefined) fields['/vm/ports'] = ports as unknown as Json;
  }
  return fields;
}

/** What is loaded at the start, as it is written in the XML. */
const BOOT: Partial<Record<keyof VmSpec, (domain: Xml, wanted: string) => string | undefined>> = {
  cmdline: (domain) => text(domain, 'os', 'cmdline') ?? '',
  kernel: (domain, wanted) => pathAs(text(domain, 'os', 'kernel'), wanted),
  initrd: (domain, wanted) => pathAs(text(domain, 'os', 'initrd'), wanted),
};

/** As the user has written it, where it is that. */
const pathAs = (told: string | undefined, wanted: string): string =>
  told !== undefined && (told === wanted || told.endsWith(`/${wanted.replace(/^\.\//, '')}`)) ? wanted : (told ?? '');

const currentVcpus = (domain: Xml): number | undefined => number(domain, 'vcpu', '@current') ?? number(domain, 'vcpu');

/** libvirt counts in KiB; a guest gives back memory in pages. */
function memoryIn(domain: Xml, { memory }: Machine): number | undefined {
  const told = number(domain, 'currentMemory');
  if (told === undefined) return undefined;
  return Math.abs(told * KIB - memory) < 2 * KIB * KIB ? memory : told * KIB;
}

function coresIn(domain: Xml, wanted: number): number | undefined {
  const quota = number(domain, 'cputune', 'global_quota');
  if (quota === undefined || quota < 0) return 0; // As the user would not write it: there is no limit.
  const period = number(domain, 'cputune', 'global_period') ?? CPU_PERIOD;
  return quota === quotaOf(wanted) && period === CPU_PERIOD ? wanted : quota / period;
}

/** Those of the spec's disks that the domain has. */
function keptOf(disks: readonly object[], machine: Machine, domain: Xml): object[] {
  const there = new Set(disksIn(domain).map(({ key }) => key));
  return disks.filter((_, i) => there.has(machine.disks[i]?.key ?? ''));
}

/** Those of the spec's cards that the domain has, with the limits that they have. */
function cardsOf(networks: NonNullable<VmSpec['networks']>, machine: Machine, domain: Xml): object[] {
  const there = new Map(cardsIn(domain).map((card) => [macOf(card), card]));
  let next = 0;
  return networks.flatMap((network) => {
    if (network.mode === 'none') return [network];
    const card = there.get(machine.cards[next++]?.mac ?? '');
    if (card === undefined) return [];
    const limits = (['inbound', 'outbound'] as const).flatMap((side) => {
      if (network[`${side}Kbps`] === undefined) return [];
      return [[`${side}Kbps`, number(card, 'bandwidth', side, '@average') ?? 0]]; // 0: there is no limit.
    });
    return [{ ...network, ...Object.fromEntries(limits) }];
  });
}

/** Those of the forwarded ports that are forwarded; undefined where that cannot be told. */
function portsOf(
  ports: NonNullable<VmSpec['ports']>,
  { cards }: Machine,
  { live, forwards }: { live: Xml; forwards: SeenDomain['forwards'] },
): object[] | undefined {
  const net = cards[0] === undefined ? undefined : netOf(live, cards[0].mac);
  if (net === undefined) return undefined;
  return ports.filter((port) => forwards.some((one) => one.net === net && isMet(port, one)));
}
