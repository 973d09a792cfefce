import { closeSync, fdatasync, fstatSync, fsync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { PjError } from '../errors.ts';
import { errorCode, type Fault, ioError, syncFolder } from './atomic-file.ts';
import { type JournalEntry, type JournalHeader, journalLine } from './journal-lines.ts';

const sync = promisify(fsync);
const syncData = promisify(fdatasync);

/** The journal of one run, open for append. */
export interface Journal {
  readonly id: string;
  /** Sequence number of the last line written. */
  readonly sequence: number;
  /**
   * Durable when it resolves; calls made while an fsync is under way share the next one. The entry is turned into text at
   * once, so it may be changed afterwards. Once one append has failed all fail: what is on disk then is whole, and nothing may be started that could not be told.
   */
  append(entry: JournalEntry): Promise<void>;
  /** Goes on in a new file, as openJournal says of `header` and `carried`. What waits to be written goes there. */
  restart(header: JournalHeader, carried: number | undefined): void;
  /** Resolves when nothing is being written any more. Never rejects: whoever appended was told. */
  idle(): Promise<void>;
  /** Closes the file, which stays. */
  close(): void;
}

interface Waiting {
  content: string;
  resolve(): void;
  reject(error: PjError): void;
}

/** The text of a journal that holds only a header and these entries: the intents that could not be settled. */
export function journalText(header: JournalHeader, entries: readonly JournalEntry[]): string {
  const contents = [header, ...entries].map((entry) => JSON.stringify(entry));
  return contents.map((content, sequence) => journalLine(sequence, -1, content)).join('');
}

/**
 * A journal at `path`. `carried` undefined: the file is made with the first append (and must not be there); else it is there
 * with a header and that many entries. When it has grown to `limit` bytes `compact` is called before the next line: it folds and restarts.
 */
export function openJournal(options: {
  path: string;
  header: JournalHeader;
  carried: number | undefined;
  fault: Fault;
  limit: number;
  compact(): Promise<void>;
}): Journal {
  const { path, fault } = options;
  let { header, carried } = options;
  let fd: number | undefined;
  let bytes = 0;
  let durable = carried ?? -1;
  let written = durable;
  let waiting: Waiting[] = [];
  let running: Promise<void> | undefined;
  let failure: PjError | undefined;

  const open = (): number => {
    fd = openSync(path, carried === undefined ? 'ax' : 'a', 0o600);
    bytes = fstatSync(fd).size;
    return fd;
  };

  const close = (): void => {
    if (fd !== undefined) closeSync(fd);
    fd = undefined;
  };

  const write = async (batch: readonly Waiting[]): Promise<void> => {
    const made = fd === undefined && carried === undefined;
    await fault('journal.write');
    const file = fd ?? open();
    let text = made ? journalLine(0, -1, JSON.stringify(header)) : '';
    if (made) written = 0;
    for (const { content } of batch) text += journalLine(++written, durable, content);
    bytes += writeWhole(file, Buffer.from(text), bytes);
    await fault('journal.written');
    if (made) await Promise.all([sync(file), syncFolder(dirname(path))]);
    else await syncData(file);
    if (fstatSync(file).nlink === 0)
      throw new PjError('PJ3011', { what: `${path} was removed by somebody else meanwhile` });
    durable = written;
    await fault('journal.durable');
  };

  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      // Whoever was answered a moment ago may append again now: one fsync for all of them.
      await setImmediate();
      let batch: Waiting[] = [];
      try {
        if (bytes >= options.limit) await options.compact();
        batch = waiting;
        waiting = [];
        await write(batch);
        for (const one of batch) one.resolve();
      } catch (error) {
        failure =
          errorCode(error) === 'EEXIST'
            ? new PjError('PJ3011', { what: `${path} was made by somebody else meanwhile` })
            : ioError(error, 'append to', path);
        for (const one of [...batch, ...waiting]) one.reject(failure);
        waiting = [];
      }
    }
    running = undefined;
  };

  return {
    get id() {
      return header.id;
    },
    get sequence() {
      return written;
    },
    append(entry) {
      if (failure !== undefined) return Promise.reject(failure);
      const content = JSON.stringify(entry);
      const appended = new Promise<void>((resolve, reject) => waiting.push({ content, resolve, reject }));
      running ??= run();
      return appended;
    },
    restart(newHeader, newCarried) {
      close();
      header = newHeader;
      carried = newCarried;
      bytes = 0;
      written = durable = carried ?? -1;
    },
    async idle() {
      while (running !== undefined) await running;
    },
    close,
  };
}

/** Appends all of it; when that fails, what was written of it is cut off again, so that no half line stays. */
function writeWhole(fd: number, data: Buffer, size: number): number {
  try {
    for (let done = 0; done < data.length; ) done += writeSync(fd, data, done);
    return data.length;
  } catch (error) {
    try {
      ftruncateSync(fd, size);
    } catch {
      // Then the next start cuts it: nothing after it says that it was whole.
    }
    throw error;
  }
}
