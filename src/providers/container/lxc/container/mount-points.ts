import { existsSync, lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ConfigLine } from './config-text.ts';

/**
 * Makes what is mounted over in a root file system, which LXC itself cannot do where that is read-only. Nothing is made behind a link of the
 * image, which could lead out of it.
 */
export function makeMountPoints(rootfs: string, lines: readonly ConfigLine[]): void {
  for (const [key, value] of lines) {
    if (key !== 'lxc.mount.entry') continue;
    const [, target = '', , options = ''] = value.split(' ');
    const path = target.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
    const parts = path.split('/').filter((part) => part !== '' && part !== '.');
    // LXC mounts a file system of its own there.
    if (parts[0] === 'dev' || parts.includes('..') || throughLink(rootfs, parts)) continue;
    const full = join(rootfs, ...parts);
    if (existsSync(full)) continue;
    if (options.includes('create=dir')) mkdirSync(full, { recursive: true });
    else {
      mkdirSync(dirname(full), { recursive: true });
      writeFileSync(full, '');
    }
  }
}

const throughLink = (rootfs: string, parts: readonly string[]): boolean =>
  parts.some(
    (_, i) => lstatSync(join(rootfs, ...parts.slice(0, i + 1)), { throwIfNoEntry: false })?.isSymbolicLink() === true,
  );
