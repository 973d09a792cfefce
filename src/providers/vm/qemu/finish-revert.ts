import { crashPoint } from '../../../os/crash-point.ts';
import type { CallContext, Target } from '../../contract.ts';
import { changeSnapshot } from '../disks/qemu-img.ts';
import { note, readNotes } from '../snapshot-notes.ts';
import { withFiles } from './snapshot-images.ts';
import { type Located, machineAt, refused, type Workshop } from './workshop.ts';

/** Brings the disks of a machine that is off back, where that was begun: a machine must not start from half of it. */
export async function finishRevert(
  shop: Workshop,
  target: Target,
  located: Located,
  context: CallContext,
): Promise<void> {
  const { folder } = located;
  const { reverting } = readNotes(folder);
  if (reverting === undefined) return;
  const { id } = target.identity;
  for (const disk of withFiles(machineAt(shop, target.identity, target.spec, located))) {
    const reason = await changeSnapshot(disk.file, disk, 'apply', reverting, context);
    crashPoint('vm-revert-disk');
    if (reason !== undefined) throw refused(id, 'revert', `${disk.file}: ${reason}`);
  }
  note(folder, ({ reverting: done, ...notes }) => ({ ...notes, ...(done === undefined ? {} : { current: done }) }));
}
