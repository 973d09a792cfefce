import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Event } from '../../src/model/event.ts';
import { selfIdentity } from '../../src/os/identity.ts';
import type { LockInfo } from '../../src/state/contract.ts';
import { lockFile } from '../../src/state/lock.ts';
import { selfAsHolder } from '../../src/state/lock-holder.ts';
import { bundle } from './children/bundle.ts';
import { project, record, store } from './samples.ts';

let contender: Awaited<ReturnType<typeof bundle>>;
const cleanups: (() => Promise<unknown> | unknown)[] = [];
beforeAll(async () => {
  contender = await bundle('contender');
});
afterAll(() => contender.clean());
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function fresh(): Promise<string> {
  const { dir, clean } = await project();
  cleanups.push(clean);
  await mkdir(join(dir, '.pj'));
  return dir;
}
const lockPath = (dir: string): string => join(dir, '.pj', 'lock.json');

/** Who this process would be, as a lock names it, with changes. */
function info(changes: Partial<LockInfo> = {}): LockInfo {
  return {
    id: 'lock-1',
    who: 'ann',
    operation: 'apply',
    at: '2026-01-01T00:00:00.000Z',
    ...selfAsHolder(),
    ...changes,
  };
}
async function lockedBy(dir: string, holder: LockInfo): Promise<void> {
  await writeFile(lockPath(dir), JSON.stringify(holder));
}
/** The identity of a process that has ended. */
async function deadProcess(): Promise<ReturnType<typeof selfIdentity>> {
  const child = spawn('/bin/true', { stdio: 'ignore' });
  await once(child, 'exit');
  return { ...selfIdentity(), pid: child.pid ?? 0 };
}

test('the second opener is refused with exit 6, and told who holds the lock, for what and since when', async () => {
  const dir = await fresh();
  const first = await store(dir, { who: 'ann' }).session({ operation: 'apply' });
  const holder = await store(dir).holder();
  expect(holder).toMatchObject({ who: 'ann', pid: process.pid, host: hostname(), operation: 'apply' });
  const other = store(dir);
  await expect(other.session()).rejects.toMatchObject({
    code: 'PJ3010',
    exitCode: 6,
    message: expect.stringMatching(
      `locked by ann \\(pid ${process.pid} on ${hostname()}\\) for \`apply\` since ${holder?.at}`,
    ),
    hint: expect.stringContaining(`pj state unlock ${holder?.id}`),
  });
  expect(other.events).toEqual([]);
  await first.close();
  expect(await store(dir).holder()).toBeUndefined();
  await (await other.session()).close();
  expect((await readdir(join(dir, '.pj'))).sort()).toEqual(['.gitignore']);
});

test('waiting tells the holder once, and goes on when the lock is given back', async () => {
  const dir = await fresh();
  const first = await store(dir, { who: 'ann' }).session();
  await first.put('web', record('web'));
  const other = store(dir);
  const second = other.session({ lockTimeout: 20 });
  while (other.events.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  await first.close();
  const session = await second;
  expect(session.snapshot.workloads['web']).toBeDefined();
  expect(other.events).toMatchObject([
    { type: 'lock_waiting', holder: expect.stringContaining('ann'), operation: 'apply' },
  ]);
  await session.close();
});

test('waiting ends at its timeout, and at once when it is interrupted', async () => {
  const dir = await fresh();
  const first = await store(dir).session();
  const begun = performance.now();
  await expect(store(dir).session({ lockTimeout: 0.2 })).rejects.toMatchObject({
    code: 'PJ3010',
    hint: expect.stringContaining('Waited 0.2 s'),
  });
  expect(performance.now() - begun).toBeGreaterThanOrEqual(200);
  const interrupt = new AbortController();
  const other = store(dir);
  const waiting = other.session({ lockTimeout: 600, signal: interrupt.signal });
  const refused = expect(waiting).rejects.toMatchObject({ code: 'PJ3013', exitCode: 130 });
  while (other.events.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  interrupt.abort();
  await refused;
  await first.close();
});

test.each<[string, () => Promise<Partial<LockInfo>> | Partial<LockInfo>]>([
  ['whose process has ended', () => deadProcess()],
  ['whose pid belongs to a later process now', () => ({ startTime: '1' })],
  ['of before the last boot', () => ({ bootId: '00000000-0000-0000-0000-000000000000', pidNamespace: 'pid:[1]' })],
])('a lock %s is taken over with a notice', async (_, changes) => {
  const dir = await fresh();
  await lockedBy(dir, info(await changes()));
  expect(await store(dir).holder()).toBeUndefined();
  const here = store(dir);
  const session = await here.session();
  expect(here.events).toEqual([
    {
      type: 'lock_taken_over',
      holder: expect.stringContaining('ann (pid '),
      since: '2026-01-01T00:00:00.000Z',
      operation: 'apply',
    },
  ]);
  expect((await here.holder())?.pid).toBe(process.pid);
  await session.close();
  expect((await readdir(join(dir, '.pj'))).filter((name) => name.startsWith('lock'))).toEqual([]);
});

test.each<[string, Partial<LockInfo>]>([
  ['another host', { host: 'elsewhere', bootId: 'x', startTime: '1' }],
  ['another machine of the same name', { machine: '0123456789abcdef', bootId: 'x' }],
  ['another pid namespace of this boot', { pidNamespace: 'pid:[1]', startTime: '1' }],
])('a lock of %s is never taken over, only unlocked by its id', async (_, changes) => {
  const dir = await fresh();
  await lockedBy(dir, info(changes));
  const here = store(dir);
  await expect(here.session({ lockTimeout: 0.1 })).rejects.toMatchObject({ code: 'PJ3010' });
  await expect(here.unlock('lock-2')).rejects.toMatchObject({
    code: 'PJ3012',
    message: expect.stringContaining('lock-1'),
  });
  expect(await here.unlock('lock-1')).toMatchObject({ who: 'ann', ...changes });
  await expect(here.unlock('lock-1')).rejects.toMatchObject({
    code: 'PJ3012',
    message: expect.stringContaining('nobody'),
  });
  await (await here.session()).close();
});

test('a lock file that is empty or torn binds nobody', async () => {
  for (const text of ['', '{"id":"lock-1","who":', '[]', JSON.stringify({ ...info(), id: '../../escape' })]) {
    const dir = await fresh();
    await writeFile(lockPath(dir), text);
    expect(await store(dir).holder()).toBeUndefined();
    const here = store(dir);
    await (await here.session()).close();
    expect(here.events).toMatchObject([{ type: 'lock_taken_over', holder: expect.stringContaining('unreadable') }]);
  }
});

test('a chain of takers that each died in the takeover is taken over', async () => {
  const dir = await fresh();
  const dead = await deadProcess();
  await lockedBy(dir, info({ ...dead }));
  for (const [id, next] of [
    ['lock-1', 'lock-2'],
    ['lock-2', 'lock-3'],
  ] as const)
    await writeFile(join(dir, '.pj', `lock.${id}.claim`), JSON.stringify(info({ ...dead, id: next })));
  await (await store(dir).session()).close();
  expect((await readdir(join(dir, '.pj'))).filter((name) => name.startsWith('lock'))).toEqual([]);
});

test('whoever is taking over this very moment holds the lock', async () => {
  const dir = await fresh();
  await lockedBy(dir, info(await deadProcess()));
  await writeFile(join(dir, '.pj', 'lock.lock-1.claim'), JSON.stringify(info({ id: 'lock-2', who: 'bob' })));
  expect(await store(dir).holder()).toMatchObject({ who: 'bob' });
  await expect(store(dir).session()).rejects.toMatchObject({ code: 'PJ3010', message: expect.stringContaining('bob') });
});

test('a run whose lock was taken away writes nothing over what came after it', async () => {
  const dir = await fresh();
  const first = await store(dir).session();
  await first.put('mine', record('mine'));
  const { id } = (await store(dir).holder()) ?? { id: '' };
  await store(dir).unlock(id);
  const second = await store(dir).session();
  await second.put('theirs', record('theirs'));
  // The second folded the journal of the first and began its own: the first must notice.
  await expect(first.put('late', record('late'))).rejects.toMatchObject({ code: 'PJ3011', exitCode: 6 });
  await expect(first.close()).rejects.toMatchObject({ code: 'PJ3011' });
  expect(await store(dir).holder()).toBeDefined();
  await second.close();
  const { snapshot } = await store(dir).load();
  expect(Object.keys(snapshot?.workloads ?? {}).sort()).toEqual(['mine', 'theirs']);
});

test('what killed processes left is removed once it is old', async () => {
  const dir = await fresh();
  const names = ['lock.x.claim', 'lock.y.tmp', 'state.json.1-ab.tmp', 'journal.ndjson.1-ab.tmp'];
  for (const name of [...names, 'mine.tmp', 'lock.young.claim']) await writeFile(join(dir, '.pj', name), '');
  const old = new Date(Date.now() - 120_000);
  for (const name of [...names, 'mine.tmp']) await utimes(join(dir, '.pj', name), old, old);
  await (await store(dir).session()).close();
  expect((await readdir(join(dir, '.pj'))).sort()).toEqual(['.gitignore', 'lock.young.claim', 'mine.tmp']);
});

test('many processes that die while they take and give back the lock: never two at once, never stuck', async () => {
  const dir = await fresh();
  const folder = join(dir, '.pj');
  let had = 0;
  let died = 0;
  let takenOver = 0;
  const lane = async (): Promise<void> => {
    while (had < 300) {
      const child = spawn(process.execPath, [contender.file, folder, '10', '0.02'], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      cleanups.push(() => child.kill('SIGKILL'));
      let out = '';
      let errors = '';
      child.stdout.on('data', (data: Buffer) => {
        out += data.toString();
      });
      child.stderr.on('data', (data: Buffer) => {
        errors += data.toString();
      });
      const [, signal] = (await once(child, 'close')) as [number | null, string | null];
      expect(errors).toBe('');
      expect(out).not.toContain('violation');
      had += out.split('had it').length - 1;
      takenOver += out.split('taken over').length - 1;
      if (signal === 'SIGKILL') died += 1;
    }
  };
  await Promise.all([1, 2, 3, 4, 5, 6].map(lane));
  console.log(`had the lock ${had} times, ${died} died, ${takenOver} takeovers`);
  expect(died).toBeGreaterThan(10);
  expect(takenOver).toBeGreaterThan(5);
  const lock = lockFile({ folder, now: () => new Date(), who: 'last', fault: () => undefined });
  const events: Event[] = [];
  const last = await lock.acquire({
    operation: 'last',
    lockTimeout: 0,
    emit: (event) => events.push(event),
    signal: new AbortController().signal,
  });
  expect(JSON.parse(await readFile(join(folder, 'lock.json'), 'utf8'))).toMatchObject({ who: 'last' });
  await last.release();
}, 180_000);
