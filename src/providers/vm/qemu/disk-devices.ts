import { createHash } from 'node:crypto';
import type { JsonObject } from '../../../model/json.ts';
import type { VmDisk } from '../../../model/vm-spec.ts';
import type { MachineDisk } from '../machine.ts';

/** A device with what is behind it, as QEMU takes it when it starts and while it runs. */
export interface DiskParts {
  /** Of the device; the same for a disk whatever place it has in the list. */
  id: string;
  /** Of blockdev-add, in this order. */
  nodes: JsonObject[];
  /** Of device_add, its bus aside. */
  device: JsonObject;
}

/** What a disk is known by in QEMU. */
export const diskId = ({ key }: Pick<MachineDisk, 'key'>): string =>
  `disk-${createHash('sha256').update(key).digest('hex').slice(0, 10)}`;

/** The id of the object that holds the passphrase of a disk. */
export const passphraseId = (disk: Pick<MachineDisk, 'key'>): string => `key-${diskId(disk)}`;

const DRIVERS = { virtio: 'virtio-blk-pci', scsi: 'scsi-hd', sata: 'ide-hd', ide: 'ide-hd' } as const;

/** A disk of a file. `bootIndex`: its turn when the firmware looks for something to boot. */
export function diskParts(disk: MachineDisk, bootIndex?: number): DiskParts {
  const id = diskId(disk);
  const readOnly = disk.readOnly === true;
  const cache = cacheOf(disk.cache);
  const encrypted = disk.encryption !== undefined;
  const file: JsonObject = {
    driver: 'file',
    'node-name': `${id}-file`,
    filename: disk.file ?? '',
    cache: cache.node,
    'read-only': readOnly,
    discard: 'unmap',
  };
  const image: JsonObject = { 'node-name': id, file: `${id}-file`, cache: cache.node, 'read-only': readOnly };
  const key = encrypted ? { 'key-secret': passphraseId(disk) } : {};
  const format: JsonObject =
    disk.format === 'qcow2'
      ? { ...image, driver: 'qcow2', discard: 'unmap', ...(encrypted ? { encrypt: { format: 'luks', ...key } } : {}) }
      : encrypted
        ? { ...image, driver: 'luks', ...key }
        : { ...image, driver: 'raw', discard: 'unmap' };
  const device: JsonObject = {
    driver: DRIVERS[disk.bus],
    id,
    drive: id,
    ...(cache.write === undefined ? {} : { 'write-cache': cache.write }),
    ...(bootIndex === undefined ? {} : { bootindex: bootIndex }),
  };
  return { id, nodes: [file, format], device };
}

/** An ISO image that cannot be written. */
export function isoParts(driver: 'ide-cd' | 'scsi-cd', id: string, path: string, bootIndex?: number): DiskParts {
  const file = { driver: 'file', 'node-name': `${id}-file`, filename: path, 'read-only': true };
  const image = { driver: 'raw', 'node-name': id, file: `${id}-file`, 'read-only': true };
  const boots = bootIndex === undefined ? {} : { bootindex: bootIndex };
  return { id, nodes: [file, image], device: { driver, id, drive: id, ...boots } };
}

function cacheOf(mode: VmDisk['cache'] = 'writeback'): { node: JsonObject; write?: 'on' | 'off' } {
  const node = { direct: mode === 'none' || mode === 'directsync', 'no-flush': mode === 'unsafe' };
  return mode === 'writethrough' || mode === 'directsync' ? { node, write: 'off' } : { node, write: 'on' };
}
