import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { errno } from '../kernel-file.ts';

/** What was read last; each reading overwrites it. */
export const bytes = Buffer.allocUnsafe(256 * 1024);

/** From so many bytes on a kernel file may have more to tell: most hand out a page at a time. */
const NEARLY_A_PAGE = 3_900;

/** A file that was not there is looked for again at every so many readings. */
const TRIED_EVERY = 4;

/** How many files may be kept open by those who share it. */
export interface Handles {
  left: number;
}

/** A file of /proc or /sys that is read again and again: kept open, which costs a third of opening it each time. */
export class KeptFile {
  readonly path: string;
  private readonly handles: Handles;
  private fd: number | undefined;
  private wait = 0;

  constructor(path: string, handles: Handles) {
    this.path = path;
    this.handles = handles;
  }

  /** Reads it from its beginning into `bytes`; gives how many, -1 where it is not there (any more). Longer ones are cut off. */
  read(): number {
    if (this.wait > 0) {
      this.wait -= 1;
      return -1;
    }
    if (this.fd !== undefined) {
      try {
        return whole(this.fd);
      } catch (thrown) {
        this.close();
        // Its process or group has gone; another one of that name may be there by now.
        if (errno(thrown) === undefined) throw thrown;
      }
    }
    let fd: number | undefined;
    try {
      // An open that fails costs ten times this.
      if (!existsSync(this.path)) {
        this.wait = TRIED_EVERY - 1;
        return -1;
      }
      fd = openSync(this.path, 'r');
      const length = whole(fd);
      if (this.handles.left > 0) {
        this.handles.left -= 1;
        this.fd = fd;
        fd = undefined;
      }
      return length;
    } catch (thrown) {
      if (errno(thrown) === undefined) throw thrown;
      this.wait = TRIED_EVERY - 1;
      return -1;
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }

  close(): void {
    if (this.fd === undefined) return;
    const fd = this.fd;
    this.fd = undefined;
    this.handles.left += 1;
    closeSync(fd);
  }
}

/** A file that is read once, into `bytes` too; -1 where it is not there. */
export function readOnce(path: string): number {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
    return whole(fd);
  } catch (thrown) {
    if (errno(thrown) === undefined) throw thrown;
    return -1;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function whole(fd: number): number {
  let length = readSync(fd, bytes, 0, bytes.length, 0);
  if (length < NEARLY_A_PAGE) return length;
  while (length < bytes.length) {
    const more = readSync(fd, bytes, length, bytes.length - length, length);
    if (more === 0) break;
    length += more;
  }
  return length;
}
