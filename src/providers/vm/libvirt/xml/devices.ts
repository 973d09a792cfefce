import type { Spec } from '../../../../model/spec.ts';
import type { VmGraphics } from '../../../../model/vm-spec.ts';
import type { MachineDisk } from '../../machine.ts';
import type { Xml } from './tree.ts';

/** A disk. `secret`: the libvirt secret with its passphrase. */
export function diskXml(disk: MachineDisk, secret: string | undefined): Xml {
  const source: Xml = disk.file === undefined ? { '@pool': disk.pool, '@volume': disk.volume } : { '@file': disk.file };
  return {
    '@type': disk.file === undefined ? 'volume' : 'file',
    '@device': 'disk',
    driver: {
      '@name': 'qemu',
      '@type': disk.format,
      ...(disk.cache === undefined ? {} : { '@cache': disk.cache }),
      '@discard': 'unmap',
    },
    source: {
      ...source,
      ...(secret === undefined
        ? {}
        : { encryption: { '@format': 'luks', secret: { '@type': 'passphrase', '@uuid': secret } } }),
    },
    target: { '@dev': disk.target, '@bus': disk.bus },
    ...(disk.readOnly === true ? { readonly: {} } : {}),
  };
}

/** A CD. */
export const discXml = (path: string, target: string, bus: 'sata' | 'scsi'): Xml => ({
  '@type': 'file',
  '@device': 'cdrom',
  driver: { '@name': 'qemu', '@type': 'raw' },
  source: { '@file': path },
  target: { '@dev': target, '@bus': bus },
  readonly: {},
});

/** The serial console, and the channel of the guest agent. */
export function consoleXml({ vm = {} }: Spec, log: string | undefined): Xml {
  const serial: Xml = {
    serial: {
      '@type': 'pty',
      ...(log === undefined ? {} : { log: { '@file': log, '@append': 'off' } }),
      target: { '@port': 0 },
    },
    console: { '@type': 'pty', target: { '@type': 'serial', '@port': 0 } },
  };
  const agent: Xml = {
    channel: { '@type': 'unix', target: { '@type': 'virtio', '@name': 'org.qemu.guest_agent.0' } },
  };
  return { ...(vm.serial === false ? {} : serial), ...(vm.guestAgent === true ? agent : {}) };
}

export function graphicsXml(graphics: VmGraphics | undefined): Xml {
  if (graphics === undefined || graphics.type === 'none') return {};
  const { type, port, listen = '127.0.0.1' } = graphics;
  return {
    graphics: {
      '@type': type,
      ...(port === undefined ? { '@autoport': 'yes' } : { '@port': port, '@autoport': 'no' }),
      '@listen': listen,
    },
    video: { model: { '@type': 'vga' } },
    input: { '@type': 'tablet', '@bus': 'usb' },
  };
}

const PCI = /^(?:([0-9a-f]{4}):)?([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])$/;

/** `0000:01:00.0` in its parts; undefined where it is no PCI address. */
export function pciAddress(address: string): [string, string, string, string] | undefined {
  const parts = PCI.exec(address.toLowerCase());
  return parts === null ? undefined : [parts[1] ?? '0000', parts[2] ?? '', parts[3] ?? '', parts[4] ?? ''];
}

/** A device of the host's. */
export function hostdevXml(address: string): Xml {
  const [domain, bus, slot, fn] = pciAddress(address) ?? ['0', '0', '0', '0'];
  return {
    '@mode': 'subsystem',
    '@type': 'pci',
    '@managed': 'yes',
    source: {
      address: { '@domain': `0x${domain}`, '@bus': `0x${bus}`, '@slot': `0x${slot}`, '@function': `0x${fn}` },
    },
  };
}
