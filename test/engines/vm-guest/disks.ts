import { closeSync, ftruncateSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from '../guest/run-tool.ts';

/** Bytes of a disk as the guest sees it. */
const SIZE = 40 << 20;
const STUB = '/usr/lib/systemd/boot/efi/linuxx64.efi.stub';

/** What boots. */
export interface Boot {
  kernel: string;
  initrd: string;
  commandLine: string;
}

const tool = (work: string, file: string, ...args: string[]): Promise<string> =>
  runTool(file, args, work, 60_000, { MTOOLS_SKIP_CHECK: '1' });

/** A disk that a BIOS boots, as qcow2 at `to`: syslinux on FAT. Made without a mount, in the folder `work`. */
export async function biosDisk({ kernel, initrd, commandLine }: Boot, work: string, to: string): Promise<void> {
  const disk = empty(join(work, 'bios.img'));
  await tool(work, 'mkfs.fat', '-F', '16', '-h', '0', '-D', '0x80', '-n', 'PJBOOT', disk);
  const config = join(work, 'syslinux.cfg');
  const entry = `LABEL linux\n KERNEL vmlinuz\n INITRD initrd.gz\n APPEND ${commandLine}\n`;
  writeFileSync(config, `DEFAULT linux\nPROMPT 0\nTIMEOUT 0\nSERIAL 0 115200\n${entry}`);
  await tool(work, 'mcopy', '-i', disk, kernel, '::vmlinuz');
  await tool(work, 'mcopy', '-i', disk, initrd, '::initrd.gz');
  await tool(work, 'mcopy', '-i', disk, config, '::syslinux.cfg');
  await tool(work, 'syslinux', '--install', disk);
  await compress(disk, work, to);
}

/** A disk that UEFI boots: kernel and initrd as one program, behind systemd's stub. */
export async function uefiDisk({ kernel, initrd, commandLine }: Boot, work: string, to: string): Promise<void> {
  const [disk, program] = [empty(join(work, 'uefi.img')), join(work, 'linux.efi')];
  const [commandLineFile, release] = [join(work, 'cmdline'), join(work, 'os-release')];
  writeFileSync(commandLineFile, commandLine);
  writeFileSync(release, 'ID=pj\nVERSION_ID=1\n');
  const section = (name: string, file: string, address: string) => [
    ...['--add-section', `.${name}=${file}`, '--change-section-vma', `.${name}=${address}`],
  ];
  await tool(
    work,
    'objcopy',
    ...section('osrel', release, '0x20000'),
    ...section('cmdline', commandLineFile, '0x30000'),
    ...section('linux', kernel, '0x2000000'),
    ...section('initrd', initrd, '0x4000000'),
    ...[STUB, program],
  );
  await tool(work, 'mkfs.fat', '-F', '16', '-n', 'PJUEFI', disk);
  await tool(work, 'mmd', '-i', disk, '::EFI', '::EFI/BOOT');
  await tool(work, 'mcopy', '-i', disk, program, '::EFI/BOOT/BOOTX64.EFI');
  await compress(disk, work, to);
}

function empty(file: string): string {
  const disk = openSync(file, 'w');
  ftruncateSync(disk, SIZE);
  closeSync(disk);
  return file;
}

const compress = (disk: string, work: string, to: string): Promise<string> =>
  tool(work, 'qemu-img', 'convert', '-f', 'raw', '-O', 'qcow2', '-c', disk, to);
