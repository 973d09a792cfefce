import { closeSync, lstatSync, openSync, readdirSync, readFileSync, readlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const FILE = 0o100_000;
const FOLDER = 0o040_000;
const LINK = 0o120_000;

/** Packs a folder as a cpio archive in the `newc` format, which is what the kernel unpacks as its first file system. All belongs to root. */
export function packCpio(folder: string, archive: string): void {
  const out = openSync(archive, 'wx');
  try {
    let inode = 1;
    const add = (name: string, mode: number, data: Buffer) => {
      const bytes = Buffer.from(`${name}\0`);
      const links = (mode & 0o170_000) === FOLDER ? 2 : 1;
      // ino, mode, uid, gid, nlink, mtime, filesize, devmajor, devminor, rdevmajor, rdevminor, namesize, check
      const fields = [inode++, mode, 0, 0, links, 0, data.length, 0, 0, 0, 0, bytes.length, 0];
      const header = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`);
      write(out, Buffer.concat([header, bytes, padding(header.length + bytes.length)]));
      write(out, data);
      write(out, padding(data.length));
    };
    const walk = (below: string) => {
      for (const entry of readdirSync(join(folder, below)).sort()) {
        const name = join(below, entry);
        const path = join(folder, name);
        const stat = lstatSync(path);
        if (stat.isSymbolicLink()) add(name, LINK | 0o777, Buffer.from(readlinkSync(path)));
        else if (stat.isDirectory()) {
          add(name, FOLDER | (stat.mode & 0o7777), Buffer.alloc(0));
          walk(name);
        } else if (stat.isFile()) add(name, FILE | (stat.mode & 0o7777), readFileSync(path));
        else throw new Error(`${path} is neither file, folder nor link`);
      }
    };
    walk('');
    add('TRAILER!!!', 0, Buffer.alloc(0));
  } finally {
    closeSync(out);
  }
}

const padding = (length: number): Buffer => Buffer.alloc((4 - (length % 4)) % 4);

function write(fd: number, data: Buffer): void {
  for (let at = 0; at < data.length; ) at += writeSync(fd, data, at);
}
