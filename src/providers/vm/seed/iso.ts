import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PjError } from '../../../errors.ts';
import { fsyncFile, fsyncFolder } from '../../../os/atomic-file.ts';
import { crashPoint } from '../../../os/crash-point.ts';
import { run } from '../../../os/exec.ts';
import { resolveCommand } from '../../../os/tools.ts';
import type { CallContext } from '../../contract.ts';

/** Programs that make ISO images, each with what makes it take the others' options. */
const TOOLS = [['genisoimage'], ['xorriso', '-as', 'mkisofs'], ['mkisofs']];

export const INSTALL_ISO = 'Install it: apt-get install genisoimage (or xorriso)';

/** The start of the command that makes an ISO image on this host; undefined where there is none. */
export function isoTool(path: string = process.env['PATH'] ?? ''): string[] | undefined {
  for (const [name = '', ...args] of TOOLS) {
    const { path: found } = resolveCommand(name, { cwd: '/', path: `${path}:/usr/bin:/bin` });
    if (found !== undefined) return [found, ...args];
  }
  return undefined;
}

/** Makes an image with these files that cloud-init knows by its label. One that is there is exchanged at once. Throws PJ5517. */
export async function writeIso(
  texts: Readonly<Record<string, string>>,
  { folder, image, id }: { folder: string; image: string; id: string },
  { signal }: CallContext,
): Promise<void> {
  const tool = isoTool();
  if (tool === undefined)
    throw new PjError('PJ5517', { id, reason: 'no program is there that makes ISO images' }, { advice: INSTALL_ISO });
  const making = join(folder, 'seed.making');
  const made = `${making}.iso`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making);
  try {
    for (const [name, text] of Object.entries(texts)) writeFileSync(join(making, name), text, { mode: 0o644 });
    const args = ['-quiet', '-output', made, '-volid', 'cidata', '-joliet', '-rock', making];
    const told = await run([...tool, ...args], { timeoutMs: 60_000, signal });
    if (told.code !== 0) throw new PjError('PJ5517', { id, reason: told.stderr.trim().split('\n').at(-1) ?? '' });
    // The engine's user is another.
    chmodSync(made, 0o644);
    fsyncFile(made);
    crashPoint('vm-seed');
    renameSync(made, image);
    fsyncFolder(folder);
  } finally {
    rmSync(making, { recursive: true, force: true });
    rmSync(made, { force: true });
  }
}
