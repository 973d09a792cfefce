import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PjError } from '../../../errors.ts';
import { crashPoint } from '../../../os/crash-point.ts';
import { readKernelFile } from '../../../os/kernel-file.ts';
import type { CallContext } from '../../contract.ts';
import type { Doing, Lxc } from './engine.ts';

/** Removes a folder of pj's, whose marks go last: what a kill leaves still says whose it is. Nothing that is mounted below it is touched. */
export async function removeTree(lxc: Lxc, folder: string, doing: Doing, context: CallContext): Promise<void> {
  if (!existsSync(folder)) return;
  const mounts = (readKernelFile('/proc/self/mounts') ?? '').split('\n').map((line) => line.split(' ')[1] ?? '');
  const mounted = mounts.find((path) => path.startsWith(`${folder}/`));
  if (mounted !== undefined)
    throw new PjError('PJ5407', { engine: lxc.label, ...doing, reason: `${mounted} is mounted in it` });
  const marks = join(folder, 'marks.json');
  await lxc.tool(
    ['find', folder, '-xdev', '-mindepth', '1', '-depth', '!', '-path', marks, '-delete'],
    doing,
    context,
    10 * 60_000,
  );
  crashPoint('lxc-emptied');
  await lxc.tool(['rm', '-rf', '--one-file-system', folder], doing, context);
}
