import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { isObject } from '../model/json.ts';
import { bootId, isAlive, selfIdentity } from '../os/identity.ts';
import { errorCode, ioError } from './atomic-file.ts';
import type { LockInfo } from './contract.ts';

/** A lock file as found. `info` undefined: it cannot be read as a lock (pj never leaves such a one: a disk fault, or made by hand). */
export interface SeenLock {
  id: string;
  info: LockInfo | undefined;
}

/** The lock in a file, or undefined when there is no such file. */
export async function readLockFile(path: string): Promise<SeenLock | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw ioError(error, 'read', path);
  }
  const info = parseLock(text);
  return { id: info?.id ?? `unreadable-${createHash('sha256').update(text).digest('hex').slice(0, 16)}`, info };
}

function parseLock(text: string): LockInfo | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  for (const key of ['id', 'who', 'host', 'startTime', 'bootId', 'operation', 'at'])
    if (typeof value[key] !== 'string') return undefined;
  // The id becomes part of a file name.
  if (!/^[\w-]{1,100}$/.test(String(value['id'])) || !Number.isSafeInteger(value['pid'])) return undefined;
  return value as unknown as LockInfo;
}

/** This process as a lock names it. */
export function selfAsHolder(): Omit<LockInfo, 'id' | 'who' | 'operation' | 'at'> {
  const machine = machineName();
  const pidNamespace = ownPidNamespace();
  return {
    host: hostname(),
    ...selfIdentity(),
    ...(machine === undefined ? {} : { machine }),
    ...(pidNamespace === undefined ? {} : { pidNamespace }),
  };
}

/**
 * True when the holder surely runs no more. On another host, or in another pid namespace of this boot (a container), that
 * cannot be told: then it counts as alive. What is not readable as a lock binds nobody.
 */
export function isDead({ info }: SeenLock): boolean {
  if (info === undefined) return true;
  if (info.host !== hostname()) return false;
  const machine = machineName();
  if (info.machine !== undefined && machine !== undefined && info.machine !== machine) return false;
  if (info.bootId === bootId() && info.pidNamespace !== undefined && info.pidNamespace !== ownPidNamespace())
    return false;
  return !isAlive(info);
}

/** The holder, for people. */
export function holderName({ id, info }: SeenLock): string {
  return info === undefined ? `an unreadable lock file (${id})` : `${info.who} (pid ${info.pid} on ${info.host})`;
}

/** A digest of the machine's id: two machines may have the same host name. */
function machineName(): string | undefined {
  try {
    const id = readFileSync('/etc/machine-id', 'latin1').trim();
    return id === '' ? undefined : createHash('sha256').update(`pj ${id}`).digest('hex').slice(0, 16);
  } catch {
    return undefined;
  }
}

function ownPidNamespace(): string | undefined {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return undefined;
  }
}
