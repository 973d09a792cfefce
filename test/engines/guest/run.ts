import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootGuest, type GuestRun } from './boot.ts';
import { buildImage, type GuestFiles } from './image.ts';
import { guestKernel } from './kernel.ts';

/** Boots a guest with these files, runs `script` in it, and takes everything away again. `prepare` makes the files in a folder of its own, meanwhile. */
export async function runInGuest(
  script: string,
  prepare: (dir: string) => Promise<GuestFiles>,
  limits: { memoryMiB: number; deadlineMs: number },
): Promise<GuestRun> {
  const dir = mkdtempSync(join(tmpdir(), 'pj-guest-'));
  try {
    const [kernel, files] = await Promise.all([guestKernel(), prepare(dir)]);
    files['/guest/loop.ko'] = kernel.loop;
    const initrd = await buildImage(dir, files, script);
    return await bootGuest(dir, kernel.vmlinuz, initrd, limits);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
