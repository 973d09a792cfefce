import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runTool } from './run-tool.ts';

const PACKAGE = 'linux-image-cloud-amd64';
/** Goes with node_modules; a clean clone fetches anew. */
const CACHE = resolve(import.meta.dirname, '../../../node_modules/.cache/pj-guest');

/** The modules that are kept: a file system on a file is what a guest without a disk has of droppable file cache. */
const MODULES = ['loop'];

/** Files of this host. */
export interface GuestKernel {
  vmlinuz: string;
  /** Name → .ko file; none of them needs another. */
  modules: Record<string, string>;
}

/**
 * Debian's kernel for virtual machines. Fetched as a package (27 MB) where the cache has none, and only unpacked: nothing is installed.
 * Safe when several do so at once.
 */
export async function guestKernel(): Promise<GuestKernel> {
  const cached = join(CACHE, 'linux');
  const kernel = {
    vmlinuz: join(cached, 'vmlinuz'),
    modules: Object.fromEntries(MODULES.map((name) => [name, join(cached, `${name}.ko`)])),
  };
  if (existsSync(cached)) return kernel;
  mkdirSync(CACHE, { recursive: true });
  const work = mkdtempSync(join(tmpdir(), 'pj-guest-kernel-'));
  try {
    await download(work);
    const deb = readdirSync(work).find((name) => name.endsWith('.deb'));
    if (deb === undefined) throw new Error(`apt-get download of ${PACKAGE}'s kernel gave no package`);
    const wanted = ['./boot/vmlinuz-*', ...MODULES.map((name) => `./lib/modules/*/${name}.ko`)];
    const unpack = 'deb=$1; shift; dpkg-deb --fsys-tarfile "$deb" | tar -x --wildcards "$@"';
    await runTool('bash', ['-o', 'pipefail', '-c', unpack, 'unpack', deb, ...wanted], work, 60_000);
    const files = readdirSync(work, { recursive: true, encoding: 'utf8' });
    const take = (pattern: RegExp, to: string) => {
      const found = files.find((file) => pattern.test(file));
      if (found === undefined) throw new Error(`${deb} holds no file like ${pattern}`);
      copyFileSync(join(work, found), to);
    };
    // Beside its place first: others may look at this very moment.
    const beside = mkdtempSync(`${cached}.`);
    try {
      take(/^boot\/vmlinuz-/, join(beside, 'vmlinuz'));
      for (const name of MODULES) take(new RegExp(`/${name}\\.ko$`), join(beside, `${name}.ko`));
      renameSync(beside, cached);
    } catch (error) {
      rmSync(beside, { recursive: true, force: true });
      // Another was faster.
      if (!existsSync(cached)) throw error;
    }
    return kernel;
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
