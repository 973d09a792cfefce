import type { PortMapping } from '../../../model/container-spec.ts';
import type { Spec } from '../../../model/spec.ts';
import type { DiskBus, VmDisk, VmNetwork, VmSpec } from '../../../model/vm-spec.ts';
import { type Forward, netOf } from './domain/forwards.ts';
import type { SeenDomain } from './domain/see.ts';
import { DEFAULT_NETWORK } from './xml/card.ts';
import { all, number, one, text, type Xml } from './xml/tree.ts';

const KIB = 1024;

/** The spec that describes a domain; what the descriptor says of what a domain does not tell is kept. */
export function specOf({ config, live, forwards }: SeenDomain, told: Spec | undefined): Spec {
  const { vm: wanted = {}, ...others } = told ?? {};
  const devices = one(config, 'devices');
  const [vcpu, current] = [number(config, 'vcpu') ?? 1, number(config, 'vcpu', '@current')];
  const [max, memory] = [number(config, 'memory') ?? 0, number(config, 'currentMemory') ?? 0];
  const at = (name: 'kernel' | 'initrd' | 'cmdline'): Partial<VmSpec> => {
    const value = text(config, 'os', name);
    return value === undefined ? {} : { [name]: value };
  };
  const disks = all(devices, 'disk');
  const hard = disks.filter((disk) => text(disk, '@device') !== 'cdrom').flatMap(diskOf);
  const cards = all(devices, 'interface').map((card) => {
    const net = live === undefined ? undefined : netOf(live, text(card, 'mac', '@address') ?? '');
    const ports = forwards.filter((forward) => forward.net === net).map(portOf);
    return { ...cardOf(card), ...(ports.length === 0 ? {} : { ports }) };
  });
  const disc = disks.find((disk) => text(disk, '@device') === 'cdrom' && text(disk, 'source', '@file') !== undefined);
  const agent = all(devices, 'channel').some((one) => text(one, 'target', '@name') === 'org.qemu.guest_agent.0');
  const vm: VmSpec = {
    ...(wanted.runtime === undefined ? {} : { runtime: wanted.runtime }),
    ...(wanted.uri === undefined ? {} : { uri: wanted.uri }),
    ...(wanted.host === undefined ? {} : { host: wanted.host }),
    vcpu: current ?? vcpu,
    ...(current === undefined || current === vcpu ? {} : { maxVcpu: vcpu }),
    memory: memory * KIB,
    ...(max === memory ? {} : { maxMemory: max * KIB }),
    ...(hard.length === 0 ? {} : { disks: hard }),
    ...(cards.length === 0 ? {} : { networks: cards }),
    ...(disc === undefined ? {} : { cdrom: text(disc, 'source', '@file') ?? '' }),
    ...at('kernel'),
    ...at('initrd'),
    ...at('cmdline'),
    ...(text(config, 'os', '@firmware') === 'efi' ? { firmware: 'uefi' as const } : {}),
    ...(agent ? { guestAgent: true } : {}),
    ...(one(devices, 'serial') === undefined ? { serial: false } : {}),
  };
  return { ...others, vm };
}

function diskOf(disk: Xml): VmDisk[] {
  const at = (name: string): string | undefined => text(disk, 'source', `@${name}`);
  const [path, pool, volume] = [at('file'), at('pool'), at('volume')];
  const format = text(disk, 'driver', '@type');
  const bus = text(disk, 'target', '@bus') as DiskBus | undefined;
  const more = {
    ...(format === 'raw' ? { format: 'raw' as const } : {}),
    ...(bus === undefined || bus === 'virtio' ? {} : { bus }),
    ...(one(disk, 'readonly') === undefined ? {} : { readOnly: true }),
  };
  if (path !== undefined) return [{ path, ...more }];
  return pool === undefined || volume === undefined ? [] : [{ pool, volume, ...more }];
}

const portOf = ({ hostIp, host, container, protocol }: Forward): PortMapping => ({
  hostIp,
  host,
  container,
  ...(protocol === 'tcp' ? {} : { protocol }),
});

function cardOf(card: Xml): VmNetwork {
  const model = text(card, 'model', '@type');
  const mac = text(card, 'mac', '@address');
  const bridge = text(card, 'source', '@bridge');
  const network = text(card, 'source', '@network');
  const bridged = text(card, '@type') === 'bridge' && bridge !== undefined;
  return {
    ...(bridged ? { mode: 'bridge' as const, bridge } : {}),
    ...(network === undefined || network === DEFAULT_NETWORK || bridged ? {} : { name: network }),
    ...(model === undefined || model === 'virtio' ? {} : { model }),
    ...(mac === undefined ? {} : { mac }),
  };
}
