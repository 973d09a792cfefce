import { closeSync, openSync, writeSync } from 'node:fs';

/** Linux: a file without a name, which is gone with the last who has it open. */
const O_TMPFILE = 0o20200000;
const O_RDWR = 2;

/**
 * Does `work` with a file that has this text and lies in memory, under no name: for programs that open what they read (`/dev/stdin`), which they
 * cannot do with the sockets that Node gives them.
 */
export async function withMemoryFile<T>(text: string, work: (fd: number) => Promise<T>): Promise<T> {
  const fd = open([process.env['XDG_RUNTIME_DIR'] ?? '', '/run', '/dev/shm']);
  try {
    writeSync(fd, text);
    return await work(fd);
  } finally {
    closeSync(fd);
  }
}

function open([folder = '', ...others]: readonly string[]): number {
  try {
    return openSync(folder, O_TMPFILE | O_RDWR, 0o600);
  } catch (thrown) {
    if (others.length === 0) throw thrown;
    return open(others);
  }
}
