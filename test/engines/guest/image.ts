import { chmodSync, copyFileSync, cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { librariesOf } from '../libraries.ts';
import { packCpio } from './cpio.ts';
import { BUSYBOX } from './needs.ts';

/** The programs of busybox that a guest has by name. */
const APPLETS =
  'sh cat chmod chown dd env grep head id ifconfig insmod kill ln losetup ls mkdir mke2fs mount poweroff ps rm rmdir setsid sleep stty sync true umount';

/** What goes into the guest: its path there → the path here, of a file or a folder. */
export type GuestFiles = Record<string, string>;

/**
 * Builds the guest's file system as a cpio archive in `dir`: busybox, the Node that runs this with the libraries it needs, `files`, and an
 * init that runs `script` (a path in the guest) with Node. All in memory, so the guest needs neither disk nor kernel modules.
 */
export async function buildImage(dir: string, files: GuestFiles, script: string): Promise<string> {
  const root = join(dir, 'root');
  for (const folder of ['bin', 'dev', 'etc', 'proc', 'root', 'run', 'sys', 'tmp', 'var']) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  install(BUSYBOX, join(root, 'bin/busybox'), 0o755);
  for (const name of APPLETS.split(' ')) symlinkSync('busybox', join(root, 'bin', name));
  install(process.execPath, join(root, 'bin/node'), 0o755);
  for (const library of await librariesOf(process.execPath)) install(library, join(root, library), 0o755);
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/tmp:/bin/sh\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nuser:x:1000:\n');
  for (const [to, from] of Object.entries(files)) cpSync(from, join(root, to), { recursive: true });
  writeFileSync(join(root, 'init'), init(script));
  chmodSync(join(root, 'init'), 0o755);
  const archive = join(dir, 'initrd.cpio');
  packCpio(root, archive);
  rmSync(root, { recursive: true });
  return archive;
}

function install(from: string, to: string, mode: number): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
  chmodSync(to, mode);
}

/** The first program in the guest. Results go to the second serial line, which no message of the kernel reaches. */
const init = (script: string): string => `#!/bin/sh
export PATH=/bin HOME=/root TERM=dumb
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs -o mode=1777 tmp /tmp; mount -t tmpfs run /run
mkdir -p /dev/shm; mount -t tmpfs -o mode=1777 shm /dev/shm
ifconfig lo 127.0.0.1
stty -F /dev/ttyS1 raw -echo
echo "guest up after $(cat /proc/uptime) s"
node ${script}
code=$?
echo "guest script ended: $code at $(cat /proc/uptime) s"
echo "PJ-GUEST-EXIT $code" > /dev/ttyS1
poweroff -f
`;
