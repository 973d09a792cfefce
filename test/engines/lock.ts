import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { place } from './place.ts';

/** Runs `work` while no other process does so in the same folder. Waits 5 min for others; the kernel frees the lock where this process dies. */
export async function alone<T>(work: () => Promise<T>): Promise<T> {
  // cat says its line back once flock has the lock, and ends with this process, whose pipe it reads.
  const holder = spawn('flock', ['-w', '300', place('lock'), 'cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  holder.stdin.write('\n');
  const got = await Promise.race([
    once(holder.stdout, 'data').then(() => true),
    once(holder, 'close').then(() => false),
  ]);
  if (!got) throw new Error(`another engines:up or engines:down has held ${place('lock')} for 5 minutes`);
  try {
    return await work();
  } finally {
    holder.stdin.end();
  }
}
