import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

export const QEMU = 'qemu-system-x86_64';
/** Statically linked: it is all that the guest has beside Node. */
export const BUSYBOX = '/bin/busybox';

/** Each program that building and running a guest takes, and the Debian package that has it. */
const PROGRAMS: Record<string, string> = {
  [QEMU]: 'qemu-system-x86',
  [BUSYBOX]: 'busybox-static',
  'apt-get': 'apt',
  'dpkg-deb': 'dpkg',
  tar: 'tar',
  bash: 'bash',
  ldd: 'libc-bin',
  timeout: 'coreutils',
};

/** True where an engine that is missing fails its tests: in CI, so that none is left out unseen. */
export const enginesRequired: boolean = process.env['PJ_TEST_ENGINES'] === 'require' || Boolean(process.env['CI']);

/** Why no guest can be had on this host, with what to install; undefined where one can. */
export function guestMissing(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return `the guest is built for x64 Linux, this is ${process.arch} ${process.platform}`;
  }
  const missing = Object.keys(PROGRAMS).filter((program) => !isThere(program));
  if (missing.length === 0) return undefined;
  const packages = [...new Set(missing.map((program) => PROGRAMS[program]))].join(' ');
  return `${missing.join(', ')} not found: apt-get install --no-install-recommends ${packages}`;
}

function isThere(program: string): boolean {
  const folders = program.includes('/') ? [''] : (process.env['PATH'] ?? '').split(delimiter);
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
