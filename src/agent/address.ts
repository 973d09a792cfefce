import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject } from '../model/json.ts';
import { isAlive, type ProcessIdentity } from '../os/identity.ts';

/** Where the running agent of a project can be reached, whatever environment it was started in. */
export interface Address {
  identity: ProcessIdentity;
  uid: number;
  socket: string;
}

const fileOf = (project: string) => join(project, '.pj', 'agent', 'address.json');

/** Written by the agent once it listens. */
export function writeAddress(project: string, address: Address): void {
  const path = fileOf(project);
  writeFileSync(`${path}.tmp`, JSON.stringify(address), { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
}

/** Before the agent ends; fine where there is none. */
export function removeAddress(project: string): void {
  rmSync(fileOf(project), { force: true });
}

/** The address of an agent that lives; undefined where none does. */
export function readAddress(project: string): Address | undefined {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(fileOf(project), 'utf8'));
  } catch {
    return undefined; // None, or torn by a power cut: then its agent is gone too.
  }
  if (!isObject(value) || !isObject(value['identity'])) return undefined;
  const { pid, startTime, bootId } = value['identity'];
  const { socket, uid } = value;
  if (typeof pid !== 'number' || typeof startTime !== 'string' || typeof bootId !== 'string') return undefined;
  if (typeof socket !== 'string' || typeof uid !== 'number') return undefined;
  const identity = { pid, startTime, bootId };
  return isAlive(identity) ? { identity, uid, socket } : undefined;
}
