// Takes the lock in DIR again and again, dying (SIGKILL) now and then between two system calls. Tells each time it had the lock,
// and whether somebody else who lives had it at the same time.
import { readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, type ProcessIdentity, selfIdentity } from '../../../src/os/identity.ts';
import { lockFile } from '../../../src/state/lock.ts';

const [dir = '', rounds = '1', deadliness = '0'] = process.argv.slice(2);
const tell = (line: string): void => void writeSync(1, `${line}\n`);
const inside = join(dir, 'inside.json');
const self = selfIdentity();

function other(): ProcessIdentity | undefined {
  try {
    const text = readFileSync(inside, 'utf8');
    return text === '' ? undefined : (JSON.parse(text) as ProcessIdentity);
  } catch {
    return undefined;
  }
}

const fault = (): void => {
  if (Math.random() < Number(deadliness)) process.kill(process.pid, 'SIGKILL');
};
const locks = lockFile({ folder: dir, now: () => new Date(), who: 'contender', fault });
for (let i = 0; i < Number(rounds); i += 1) {
  const lock = await locks.acquire({
    operation: 'contend',
    lockTimeout: 30,
    emit: (event) => {
      if (event.type === 'lock_taken_over') tell('taken over');
    },
    signal: new AbortController().signal,
  });
  const before = other();
  if (before !== undefined && isAlive(before)) tell(`violation: ${JSON.stringify(before)}`);
  writeFileSync(inside, JSON.stringify(self));
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
  if (other()?.pid !== self.pid) tell('violation: somebody came in');
  if (!(await lock.isMine())) tell('violation: not mine');
  fault();
  writeFileSync(inside, '');
  tell('had it');
  await lock.release();
}
