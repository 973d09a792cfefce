import { isLeaf } from '../../../model/template.ts';
import type { VmSpec } from '../../../model/vm-spec.ts';
import { VNC_BASE } from './argv.ts';
import { at, type Tell } from './tell.ts';

/** Drives that fit on the controller of such a bus. */
const ROOM = { sata: 6, ide: 4 } as const;

/** Drives that the controllers of a machine of that type have no place for, or do not take. */
export function driveProblems({ disks = [], cdrom }: VmSpec, pcie: boolean, tell: Tell): void {
  const used = { sata: 0, ide: 0 };
  if (cdrom !== undefined) used[pcie ? 'sata' : 'ide']++;
  for (const [i, { bus, readOnly }] of disks.entries()) {
    if (bus !== 'sata' && bus !== 'ide') continue;
    const where = at('disks', i, 'bus');
    if (readOnly === true) tell(where, `no disk on ${bus} is read-only`, 'Use virtio or scsi.');
    if (pcie && bus === 'ide') tell(where, 'a q35 machine has no IDE', 'Use sata, or `machine: pc`.');
    else if (++used[bus] > ROOM[bus])
      tell(where, `${ROOM[bus]} drives fit on ${bus}, the CD among them`, 'Use virtio or scsi.');
  }
}

/** Ports that no screen can have. */
export function screenProblems({ graphics }: VmSpec, tell: Tell): void {
  const { type, port } = graphics ?? {};
  if (type === 'spice' && port === undefined)
    tell(at('graphics'), 'QEMU alone finds no free port for SPICE', 'Give it a `port`, or use vnc.');
  if (type === 'vnc' && port !== undefined && !isLeaf(port) && port < VNC_BASE)
    tell(at('graphics', 'port'), `VNC begins at port ${VNC_BASE}`, `Give ${VNC_BASE} or more, or none.`);
}
