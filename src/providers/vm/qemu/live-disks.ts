import { sectors } from '../disks/files.ts';
import type { MachineDisk } from '../machine.ts';
import { SCSI_BUS, SCSI_CONTROLLER } from './argv.ts';
import { diskId, diskParts, passphraseId } from './disk-devices.ts';
import { type Live, plug, quietly, unplug } from './hot-plug.ts';

/** Plugs in the disks that are missing, takes out those that are no longer wanted, and grows those that are to be larger. */
export async function changeDisks(live: Live): Promise<void> {
  const { machine, told, qmp } = live;
  const wanted = new Set(machine.disks.map(diskId));
  for (const id of told.devices) if (id.startsWith('disk-') && !wanted.has(id)) await takeOut(live, id);
  for (const disk of machine.disks) {
    const id = diskId(disk);
    if (!told.devices.has(id)) await putIn(live, disk);
    else if (disk.size !== undefined && disk.size > (told.sizes.get(id) ?? disk.size))
      await qmp.ask('block_resize', { 'node-name': id, size: sectors(disk.size) }, 30_000);
  }
}

async function putIn(live: Live, disk: MachineDisk): Promise<void> {
  const { qmp, told } = live;
  const { id, nodes, device } = diskParts(disk);
  await forget(live, id);
  if (disk.encryption !== undefined) {
    // Over the socket, which nobody else reads; at the next start it comes by a pipe.
    const data = disk.encryption.passphrase;
    await qmp.ask('object-add', { 'qom-type': 'secret', id: passphraseId(disk), data });
  }
  try {
    for (const node of nodes) await qmp.ask('blockdev-add', node, 30_000);
    if (disk.bus !== 'scsi') return await plug(live, device);
    if (!told.devices.has('scsi')) await quietly(plug(live, SCSI_CONTROLLER));
    await qmp.ask('device_add', { ...device, bus: SCSI_BUS });
  } catch (error) {
    await forget(live, id);
    throw error;
  }
}

async function takeOut(live: Live, id: string): Promise<void> {
  await unplug(live, id, 'a disk');
  await forget(live, id);
}

/** What is behind a disk that is not plugged in. */
async function forget({ qmp }: Live, id: string): Promise<void> {
  for (const node of [id, `${id}-file`]) await quietly(qmp.ask('blockdev-del', { 'node-name': node }));
  await quietly(qmp.ask('object-del', { id: `key-${id}` }));
}
