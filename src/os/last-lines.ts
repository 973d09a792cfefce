import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** The last lines of a file, at most `bytes` of it and nothing before `from` (all of it where it has become shorter than that); empty where it cannot be read. */
export function lastLines(path: string, count: number, from = 0, bytes = 4096): string[] {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return [];
  }
  try {
    const { size } = fstatSync(fd);
    const start = Math.max(from > size ? 0 : from, size - bytes, 0);
    const buffer = Buffer.alloc(Math.max(0, size - start));
    const read = readSync(fd, buffer, 0, buffer.length, start);
    const lines = buffer.toString('utf8', 0, read).split('\n');
    return lines.filter((line) => line.trim() !== '').slice(-count);
  } finally {
    closeSync(fd);
  }
}
