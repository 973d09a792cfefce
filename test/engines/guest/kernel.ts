import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runTool } from './run-tool.ts';

const PACKAGE = 'linux-image-cloud-amd64';
/** Goes with node_modules; a clean clone fetches anew. */
const CACHE = resolve(import.meta.dirname, '../../../node_modules/.cache/pj-guest');

/**
 * Debian's kernel for virtual machines, as the path of a bootable file. Fetched as a package (27 MB) where the cache has none, and only
 * unpacked: nothing is installed. Safe when several do so at once.
 */
export async function guestKernel(): Promise<string> {
  const cached = join(CACHE, 'vmlinuz');
  if (existsSync(cached)) return cached;
  mkdirSync(CACHE, { recursive: true });
  const work = mkdtempSync(join(tmpdir(), 'pj-guest-kernel-'));
  try {
    await download(work);
    const deb = readdirSync(work).find((name) => name.endsWith('.deb'));
    if (deb === undefined) throw new Error(`apt-get download of ${PACKAGE}'s kernel gave no package`);
    await runTool('sh', ['-c', 'dpkg-deb --fsys-tarfile "$1" | tar -x --wildcards "./boot/vmlinuz-*"', 'sh', deb], work, 60_000);
    const [kernel] = readdirSync(join(work, 'boot'));
    if (kernel === undefined) throw new Error(`${deb} holds no /boot/vmlinuz-*`);
    // Beside its place first: the cache may be on another file system, and others may look at this very moment.
    const beside = `${cached}.${process.pid}.${Date.now()}`;
    copyFileSync(join(work, 'boot', kernel), beside);
    renameSync(beside, cached);
    return cached;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The first try may find package lists that are old or not there at all. */
async function download(work: string): Promise<void> {
  try {
    await downloadKernel(work);
  } catch {
    await runTool('apt-get', ['update', '-qq'], work, 120_000);
    await downloadKernel(work);
  }
}

async function downloadKernel(work: string): Promise<void> {
  const depends = await runTool('apt-cache', ['depends', PACKAGE], work, 30_000);
  // The package itself is empty and depends on that of the current version.
  const name = /Depends:\s*(linux-image-\S+)/.exec(depends)?.[1];
  if (name === undefined) throw new Error(`apt knows no kernel behind ${PACKAGE}:\n${depends}`);
  await runTool('apt-get', ['download', '-qq', '-o', 'APT::Sandbox::User=root', name], work, 120_000);
}
