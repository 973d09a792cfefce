import { closeSync, existsSync, openSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isAlive, type ProcessIdentity } from '../os/identity.ts';
import { makeFolder } from './registry.ts';

const NAME = /^lock-(\d+)-(\d+)-([0-9a-f-]+)$/;

/** Held while this process is the project's agent. */
export interface SingleLock {
  /** False once its file is gone: the project's folder was moved or removed, and another agent may hold the lock now. */
  held(): boolean;
  release(): void;
}

const nameOf = (me: ProcessIdentity) => `lock-${me.pid}-${me.startTime}-${me.bootId}`;

/** Everybody alive who holds or wants the lock; what the dead left behind is removed. */
export function lockHolders(dir: string): ProcessIdentity[] {
  let names: string[];
  try {
    names = readdirSync(dir);
  } catch {
    return [];
  }
  const alive: ProcessIdentity[] = [];
  for (const name of names) {
    const match = NAME.exec(name);
    if (match === null) continue;
    const [, pid, startTime, bootId] = match;
    const identity: ProcessIdentity = { pid: Number(pid), startTime: startTime ?? '', bootId: bootId ?? '' };
    if (isAlive(identity)) alive.push(identity);
    // The name says which process it was, and no other will ever have it: so removing it races with nobody.
    else rmSync(join(dir, name), { force: true });
  }
  return alive;
}

/**
 * Makes this process the only one that holds the lock in a folder, or gives undefined when another one does.
 *
 * Everybody first makes a file that carries their own identity in its name, then looks round: who sees another living one takes the own file
 * away again. Of two, at least the one who looks last sees the other, so never do two hold it; there is no shared file to take over from the
 * dead. Two that meet may both step back; each tries again after a random while, until `deadline` ms have passed.
 */
export async function acquireSingle(
  dir: string,
  me: ProcessIdentity,
  options: { deadline: number; random: () => number } = { deadline: 300, random: Math.random },
): Promise<SingleLock | undefined> {
  const path = join(dir, nameOf(me));
  const end = Date.now() + options.deadline;
  for (;;) {
    makeFile(dir, path);
    const others = lockHolders(dir).filter((one) => one.pid !== me.pid);
    if (others.length === 0) return { held: () => existsSync(path), release: () => rmSync(path, { force: true }) };
    rmSync(path, { force: true });
    if (Date.now() >= end) return undefined;
    await new Promise((resolve) => setTimeout(resolve, 5 + options.random() * 40));
  }
}

function makeFile(dir: string, path: string): void {
  for (let attempt = 0; ; attempt++) {
    // Not the project's folder itself: one that was moved away is not made anew.
    for (const folder of [dirname(dir), dir]) makeFolder(folder);
    try {
      closeSync(openSync(path, 'w', 0o600));
      return;
    } catch (error) {
      // An agent that has just ended takes the empty folder away.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt >= 10) throw error;
    }
  }
}
