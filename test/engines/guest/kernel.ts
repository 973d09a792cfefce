import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { downloadPackage } from './package.ts';
import { runTool } from './run-tool.ts';

const PACKAGE = 'linux-image-cloud-amd64';
/** Goes with node_modules; a clean clone fetches anew. */
const CACHE = resolve(import.meta.dirname, '../../../node_modules/.cache/pj-guest');

/** A file system on a file is what a guest without a disk has of droppable file cache. */
const LOOP = ['loop'] as const;
/** Devices of virtual machines, each after those that it needs. This kernel has no AHCI: CDs are on IDE or virtio. */
const DEVICES = [
  ...['virtio_ring', 'virtio', 'virtio_pci_modern_dev', 'virtio_pci_legacy_dev', 'virtio_pci'],
  ...['virtio_blk', 'failover', 'net_failover', 'virtio_net', 'virtio_console', 'virtio_balloon', 'virtio-rng'],
  ...['evdev', 'button', 'pvpanic', 'pvpanic-mmio', 'pvpanic-pci'],
  ...['scsi_common', 'scsi_mod', 'virtio_scsi', 'sd_mod', 'cdrom', 'sr_mod', 'isofs', 'libata', 'ata_piix'],
] as const;
/** The modules that are kept. */
const MODULES: readonly string[] = [...LOOP, ...DEVICES];

/** Files of this host. */
export interface GuestKernel {
  vmlinuz: string;
  /** The .ko file of `loop`. */
  loop: string;
  /** The .ko files of devices, in the order in which they load. */
  devices: readonly string[];
}

/**
 * Debian's kernel for virtual machines. Fetched as a package (27 MB) where the cache has none, and only unpacked: nothing is installed.
 * Safe when several do so at once.
 */
export async function guestKernel(): Promise<GuestKernel> {
  const cached = join(CACHE, `linux-${createHash('sha256').update(MODULES.join()).digest('hex').slice(0, 8)}`);
  const module = (name: string) => join(cached, `${name}.ko`);
  const kernel = { vmlinuz: join(cached, 'vmlinuz'), loop: module(LOOP[0]), devices: DEVICES.map(module) };
  if (existsSync(cached)) return kernel;
  mkdirSync(CACHE, { recursive: true });
  const work = mkdtempSync(join(tmpdir(), 'pj-guest-kernel-'));
  try {
    const deb = await downloadPackage(work, () => currentKernel(work));
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

/** The package itself is empty and depends on that of the current version. */
async function currentKernel(work: string): Promise<string> {
  const depends = await runTool('apt-cache', ['depends', PACKAGE], work, 30_000);
  const name = /Depends:\s*(linux-image-\S+)/.exec(depends)?.[1];
  if (name === undefined) throw new Error(`apt knows no kernel behind ${PACKAGE}:\n${depends}`);
  return name;
}
