import { closeSync, openSync, statfsSync, writeSync } from 'node:fs';

/** Linux: a file without a name, which is gone with the last who has it open. */
const O_TMPFILE = 0o20200000;
const O_RDWR = 2;

/**
 * Does `work` with a file that has this text and lies in memory, under no name: for programs that open what they read (`/dev/stdin`), which they
 * cannot do with the sockets that Node gives them.
 */
export async function withMemoryFile<T>(text: string, work: (fd: number) => Promise<T>): Promise<T> {
  const fd = open(['/dev/shm', '/run', process.env['XDG_RUNTIME_DIR'] ?? '']);
  try {
    // At a place, so that whoever inherits it reads from the beginning.
    writeSync(fd, text, 0);
    return await work(fd);
  } finally {
    closeSync(fd);
  }
}

/** What lies in memory alone: statfs(2). */
const IN_MEMORY = [0x01021994, 0x858458f6];

function open([folder = '', ...others]: readonly string[]): number {
  try {
    if (!IN_MEMORY.includes(statfsSync(folder).type)) throw new Error(`${folder} is not in memory`);
    return openSync(folder, O_TMPFILE | O_RDWR, 0o600);
  } catch (thrown) {
    if (others.length === 0) throw thrown;
    return open(others);
  }
}
