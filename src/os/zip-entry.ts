import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';

/*
 * One entry of a zip file, which a jar is: found by the directory at the file's end, as every reader does. What stands before the first entry (the shell
 * script of an executable jar) does not matter.
 */

/** Why a file cannot be read as a zip. */
export class ZipFault extends Error {}

const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END_SIZE = 22;
const LONGEST_COMMENT = 0xffff;
const NOT_HERE = 0xffffffff;
/** A directory that is longer than this is nobody's. Bytes. */
const LONGEST_DIRECTORY = 256 << 20;

interface Directory {
  bytes: Buffer;
  /** What stands before the zip in the file. */
  shift: number;
}

interface Header {
  method: number;
  compressed: number;
  offset: number;
  encrypted: boolean;
}

/**
 * The contents of an entry, at most `longest` bytes (default 16 MiB); undefined where it has none of that name. Throws ZipFault for what is no zip or is
 * damaged there, and the system's error for what cannot be read.
 */
export function readZipEntry(path: string, name: string, longest = 16 << 20): Buffer | undefined {
  return withFile(path, (fd, size) => {
    const directory = directoryOf(fd, size);
    const header = find(directory.bytes, name);
    if (header === undefined) return undefined;
    if (header.encrypted) throw new ZipFault(`${name} in it is encrypted`);
    const at = header.offset + directory.shift;
    const local = readAt(fd, at, 30);
    if (local.readUInt32LE(0) !== LOCAL) throw new ZipFault(`its entry ${name} is damaged`);
    if (header.compressed > size) throw new ZipFault(`its entry ${name} is damaged`);
    const data = readAt(fd, at + 30 + local.readUInt16LE(26) + local.readUInt16LE(28), header.compressed);
    if (header.method === 0) return data;
    if (header.method !== 8) throw new ZipFault(`${name} in it is compressed in a way that Java does not read`);
    try {
      return inflateRawSync(data, { maxOutputLength: longest });
    } catch (error) {
      throw new ZipFault(`its entry ${name} is damaged`, { cause: error });
    }
  });
}

/** Throws ZipFault for a file that is no zip, and the system's error for one that cannot be read. */
export function verifyZip(path: string): void {
  withFile(path, directoryOf);
}

function withFile<T>(path: string, work: (fd: number, size: number) => T): T {
  const fd = openSync(path, 'r');
  try {
    return work(fd, fstatSync(fd).size);
  } finally {
    closeSync(fd);
  }
}

function readAt(fd: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let read = 0;
  while (read < length) {
    const more = at + read < 0 ? 0 : readSync(fd, bytes, read, length - read, at + read);
    if (more === 0) throw new ZipFault('it ends too early');
    read += more;
  }
  return bytes;
}

function directoryOf(fd: number, size: number): Directory {
  const tail = Math.min(size, END_SIZE + LONGEST_COMMENT);
  const bytes = readAt(fd, size - tail, tail);
  for (let i = tail - END_SIZE; i >= 0; i--) {
    if (bytes.readUInt32LE(i) !== END || i + END_SIZE + bytes.readUInt16LE(i + 20) > tail) continue;
    let end = size - tail + i;
    let length = bytes.readUInt32LE(i + 12);
    let offset = bytes.readUInt32LE(i + 16);
    if (length === NOT_HERE || offset === NOT_HERE || bytes.readUInt16LE(i + 10) === 0xffff) {
      const locator = end >= 20 ? readAt(fd, end - 20, 20) : undefined;
      if (locator?.readUInt32LE(0) === LOCATOR_64) {
        const told = Number(locator.readBigUInt64LE(8));
        const large = readAt(fd, told, 56);
        if (large.readUInt32LE(0) !== END_64) throw new ZipFault('its directory is damaged');
        length = Number(large.readBigUInt64LE(40));
        offset = Number(large.readBigUInt64LE(48));
        end = told;
      }
    }
    const shift = end - length - offset;
    if (length > Math.min(size, LONGEST_DIRECTORY) || shift < 0) throw new ZipFault('its directory is damaged');
    return { bytes: readAt(fd, end - length, length), shift };
  }
  throw new ZipFault('it is no zip file');
}

function find(directory: Buffer, name: string): Header | undefined {
  const wanted = Buffer.from(name);
  for (let at = 0; at + 46 <= directory.length; ) {
    if (directory.readUInt32LE(at) !== CENTRAL) throw new ZipFault('its directory is damaged');
    const nameLength = directory.readUInt16LE(at + 28);
    const extraLength = directory.readUInt16LE(at + 30);
    const end = at + 46 + nameLength;
    if (nameLength === wanted.length && directory.subarray(at + 46, end).equals(wanted)) {
      const extra = directory.subarray(end, end + extraLength);
      return headerOf(directory.subarray(at, at + 46), extra);
    }
    at = end + extraLength + directory.readUInt16LE(at + 32);
  }
  return undefined;
}

/** Sizes that do not fit stand in an extra field, in this order, each only where it does not fit. */
function headerOf(fixed: Buffer, extra: Buffer): Header {
  const told = [fixed.readUInt32LE(24), fixed.readUInt32LE(20), fixed.readUInt32LE(42)];
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    let from = at + 4;
    for (let i = 0; i < told.length && from + 8 <= extra.length; i++) {
      if (told[i] !== NOT_HERE) continue;
      told[i] = Number(extra.readBigUInt64LE(from));
      from += 8;
    }
  }
  const [, compressed = 0, offset = 0] = told;
  return { method: fixed.readUInt16LE(10), compressed, offset, encrypted: (fixed.readUInt16LE(8) & 1) === 1 };
}
