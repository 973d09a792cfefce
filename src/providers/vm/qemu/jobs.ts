import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../../../model/json.ts';
import { listOf, textIn } from './monitor.ts';
import { type Qmp, QmpRefusal, withQmp } from './qmp.ts';

/** Jobs of pj's, which one that was killed may have left. */
const PREFIX = 'pj-';
/** Memory of many gigabytes takes its time. Milliseconds. */
const LONGEST = 600_000;
const LOOK = 50;

/** Has QEMU do something that takes longer than a call, and waits for its end. Throws what QEMU complained of. */
export async function runJob(path: string, command: string, args: JsonObject, signal: AbortSignal): Promise<void> {
  await settled(path, signal);
  const id = `${PREFIX}${randomUUID()}`;
  await withQmp(path, (qmp) => qmp.ask(command, { 'job-id': id, ...args }));
  const error = (await settled(path, signal)).get(id);
  if (error === undefined) throw new Error('QEMU ended meanwhile, and was started again');
  if (error !== '') throw new QmpRefusal('JobFailed', error);
}

/** Waits until none of our jobs runs, and takes them all off QEMU's list. What went wrong, by their ids. */
async function settled(path: string, signal: AbortSignal): Promise<Map<string, string>> {
  const ended = new Map<string, string>();
  for (let end = performance.now() + LONGEST, silent = 0; ; await sleep(LOOK, undefined, { signal })) {
    if (performance.now() > end) throw new Error(`QEMU did not come to an end within ${LONGEST / 1000} s`);
    try {
      // A connection for each look: the monitor takes one client at a time, and others look at the machine meanwhile.
      if ((await withQmp(path, (qmp) => dismiss(qmp, ended))) === 0) return ended;
      silent = 0;
    } catch (thrown) {
      // It answers nobody while it reads or writes memory; where it is gone the connection is refused.
      if (!(thrown instanceof Error) || 'code' in thrown || silent++ > LONGEST / 5000) throw thrown;
    }
  }
}

/** How many still run. */
async function dismiss(qmp: Qmp, ended: Map<string, string>): Promise<number> {
  const jobs = listOf(await qmp.ask('query-jobs')).filter((job) => textIn(job, 'id').startsWith(PREFIX));
  const over = jobs.filter((job) => textIn(job, 'status') === 'concluded');
  for (const job of over) {
    const id = textIn(job, 'id');
    await qmp.ask('job-dismiss', { id });
    ended.set(id, textIn(job, 'error'));
  }
  return jobs.length - over.length;
}
