import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packCpio } from './guest/cpio.ts';
import { type GuestKernel, guestKernel } from './guest/kernel.ts';
import { BUSYBOX } from './guest/needs.ts';
import { folder, place } from './place.ts';
import { redisLayer } from './root-fs.ts';
import type { Step } from './step.ts';
import { biosDisk, uefiDisk } from './vm-guest/disks.ts';
import { AGENT_LIBRARIES, fetchAgent, guestRoot } from './vm-guest/root.ts';

/** `swiotlb=noforce`: else 64 MB are set aside as soon as memory may be added. `online_movable`: else added memory is never given back. */
const COMMAND_LINE = 'console=ttyS0 quiet panic=1 swiotlb=noforce memhp_default_state=online_movable';

/** Files that this module and its folder are made of. */
const RECIPE = [import.meta.filename, join(import.meta.dirname, 'vm-guest')];

/** A guest for virtual machines, made of Debian's packages: as kernel and initrd, and as disks that boot by themselves. */
export const guest: Step = {
  name: 'guest',
  packages: [
    ...['busybox-static', ...AGENT_LIBRARIES, 'qemu-system-x86', 'qemu-utils', 'ovmf', 'genisoimage'],
    ...['mtools', 'redis-server', 'syslinux', 'dosfstools', 'systemd-boot-efi', 'binutils', 'e2fsprogs'],
  ],
  gives: ['guest'],
  needs: [],
  daemons: [],
  async up() {
    const agent = place('guest', 'qemu-ga');
    const [kernel] = await Promise.all([guestKernel(), existsSync(agent) ? undefined : fetchAgent(agent)]);
    // A folder for each content: a disk may be the base of another one, and must not change under it.
    const name = contentOf([...RECIPE, BUSYBOX, agent, kernel.vmlinuz, ...kernel.devices]);
    const made = join(folder('guest'), name);
    if (!existsSync(made)) await make(kernel, agent, made);
    const at = (file: string) => join(made, file);
    return {
      guest: {
        kernel: at('vmlinuz'),
        initrd: at('initrd.gz'),
        commandLine: COMMAND_LINE,
        disk: at('boot.qcow2'),
        uefiDisk: at('boot-uefi.qcow2'),
        redisDisk: at('redis.qcow2'),
      },
    };
  },
  down: async () => undefined,
};

/** A name for what is in these files and folders. */
function contentOf(paths: readonly string[]): string {
  const digest = createHash('sha256');
  const add = (path: string) => {
    if (statSync(path).isDirectory()) for (const name of readdirSync(path).sort()) add(join(path, name));
    else digest.update(readFileSync(path));
  };
  paths.forEach(add);
  return digest.digest('hex').slice(0, 12);
}

/** Makes all files in the folder `to`, which is there only when they are complete. */
async function make(kernel: GuestKernel, agent: string, to: string): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'pj-vm-guest-'));
  const beside = folder('guest', 'new');
  try {
    const root = join(work, 'root');
    mkdirSync(root);
    await guestRoot(root, kernel, agent);
    const pack = (to: string): string => {
      packCpio(root, join(work, 'initrd'));
      writeFileSync(to, gzipSync(readFileSync(join(work, 'initrd')), { level: 1 }));
      rmSync(join(work, 'initrd'));
      return to;
    };
    const kernelFile = join(beside, 'vmlinuz');
    copyFileSync(kernel.vmlinuz, kernelFile);
    const boot = { kernel: kernelFile, initrd: pack(join(beside, 'initrd.gz')), commandLine: COMMAND_LINE };
    await biosDisk(boot, work, join(beside, 'boot.qcow2'));
    await uefiDisk(boot, work, join(beside, 'boot-uefi.qcow2'));
    await redisLayer(root);
    await biosDisk({ ...boot, initrd: pack(join(work, 'redis.gz')) }, work, join(beside, 'redis.qcow2'));
    renameSync(beside, to);
  } finally {
    for (const dir of [work, beside]) rmSync(dir, { recursive: true, force: true });
  }
}
