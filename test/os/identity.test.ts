import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { bootId, identify, isAlive, selfIdentity } from '../../src/os/identity.ts';

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function scratch(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'pj-identity-'));
  cleanups.push(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

async function until(what: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!what()) {
    if (Date.now() > deadline) throw new Error('deadline passed');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('identifies itself and is alive', () => {
  const self = selfIdentity();
  expect(self.pid).toBe(process.pid);
  expect(self.startTime).toMatch(/^\d+$/);
  expect(self.bootId).toBe(bootId());
  expect(isAlive(self)).toBe(true);
});

test('another start time, another boot, or no such pid is not that process', () => {
  const self = selfIdentity();
  expect(isAlive({ ...self, startTime: String(BigInt(self.startTime) + 1n) })).toBe(false);
  expect(isAlive({ ...self, bootId: '00000000-0000-0000-0000-000000000000' })).toBe(false);
  expect(isAlive({ ...self, pid: 4_194_305 })).toBe(false);
  for (const pid of [0, -1, 1.5, Number.NaN]) expect(identify(pid)).toBeUndefined();
});

test('reads a process whose name holds spaces and parentheses', async () => {
  const dir = await scratch();
  const name = join(dir, 'a) S 1 (b');
  await copyFile('/bin/sleep', name);
  const child = spawn(name, ['60'], { stdio: 'ignore' });
  cleanups.push(() => child.kill('SIGKILL'));
  await once(child, 'spawn');
  const plain = spawn('/bin/sleep', ['60'], { stdio: 'ignore' });
  cleanups.push(() => plain.kill('SIGKILL'));
  await once(plain, 'spawn');
  const odd = identify(child.pid ?? 0);
  const even = identify(plain.pid ?? 0);
  expect(odd?.startTime).toMatch(/^\d+$/);
  // Started one after the other, within seconds: ticks of 10 ms.
  expect(Number(even?.startTime) - Number(odd?.startTime)).toBeGreaterThanOrEqual(0);
  expect(Number(even?.startTime) - Number(odd?.startTime)).toBeLessThan(1000);
});

test('a zombie is dead', async () => {
  // The shell replaces itself by sleep, which never waits for the child that the shell had started.
  const parent = spawn('/bin/sh', ['-c', 'sleep 0.05 & echo $!; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  cleanups.push(() => parent.kill('SIGKILL'));
  const [out] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(out.toString().trim());
  const identity = identify(pid);
  expect(identity).toBeDefined();
  await until(() => identify(pid) === undefined);
  expect(isAlive(identity ?? selfIdentity())).toBe(false);
  // It is still in the process table: only its state says that it is dead.
  expect(process.kill(pid, 0)).toBe(true);
});

test('a procfs that is cut short or missing gives no identity', async () => {
  const proc = await scratch();
  expect(identify(1, proc)).toBeUndefined();
  await mkdir(join(proc, '1'));
  await writeFile(join(proc, '1', 'stat'), '1 (init) S 0');
  expect(identify(1, proc)).toBeUndefined();
});
