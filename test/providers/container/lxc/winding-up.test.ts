import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { Spec } from '../../../../src/model/spec.ts';
import { runningIn } from '../../../../src/providers/container/lxc/container/running.ts';
import { filesOf } from '../../../../src/providers/container/lxc/place.ts';
import { needs } from '../../../engines/engines.ts';
import { context, lxcPlay } from './play.ts';

/** Runs until a file is there. */
const TILL_TOLD = (code: number): string => `until [ -e /end ]; do sleep 0.05; done; exit ${code}`;

needs('lxc')('containers of LXC whose exit code is not written down yet', ({ lxc }) => {
  const dir = mkdtempSync(join(tmpdir(), 'pj-lxc-'));
  const play = lxcPlay(lxc, dir);
  const { shell, running, observed, exec, target, provider } = play;
  afterAll(async () => {
    await play.ground.clear();
    rmSync(dir, { recursive: true, force: true });
  });

  type One = Awaited<ReturnType<typeof running>>;
  const filesIn = (one: One) => filesOf(join(play.ground.path, String(one.handle?.['name'])));
  const waiterOf = (one: One): number => Number(readFileSync(filesIn(one).waiter, 'utf8'));
  const tell = (one: One) => exec(one, ['/bin/touch', '/end']);
  /** LXC has nothing of it any more. */
  const isGone = (one: One): boolean => !runningIn(play.ground.path)(String(one.handle?.['name']));
  const gone = (one: One) => expect.poll(() => isGone(one)).toBe(true);

  it('a job runs until it is', async () => {
    const job = await running('held', shell(TILL_TOLD(0), { type: 'job' }));
    const waiter = waiterOf(job);
    process.kill(waiter, 'SIGSTOP');
    try {
      await tell(job);
      await gone(job);
      expect(await observed(job)).toMatchObject({ status: 'running' });
      expect((await observed(job)).detail).toBeUndefined();
    } finally {
      process.kill(waiter, 'SIGCONT');
    }
    await expect.poll(async () => (await observed(job)).status).toBe('completed');
  });

  it('and has failed where nobody is left to write it', async () => {
    const job = await running('lost', shell(TILL_TOLD(0), { type: 'job' }));
    process.kill(waiterOf(job), 'SIGKILL');
    await tell(job);
    await gone(job);
    expect(await observed(job)).toMatchObject({ status: 'dead', detail: 'exit unknown' });
  });

  /** Begins a start that is killed when LXC has been called, and has not begun yet, or has. */
  const killedStart = async (id: string, spec: Spec): Promise<One> => {
    const made = await provider().create(target(id, spec), context);
    const script = join(import.meta.dirname, 'start-and-end.ts');
    const input = JSON.stringify({ target: target(id, spec, made.handle), env: play.ground.env, dir });
    const env = { ...process.env, PJ_CRASH_AT: '1' };
    expect(() => execFileSync(process.execPath, ['--import', 'tsx', script], { input, env })).toThrow();
    const one = play.record(id, spec, made);
    expect(existsSync(filesIn(one).run)).toBe(false);
    return one;
  };

  it('a job whose start was killed runs until it is, and is not started twice', async () => {
    const spec = shell(`${TILL_TOLD(0).replace('exit 0', 'echo once; exit 0')}`, { type: 'job' });
    const job = await killedStart('cut', spec);
    await expect.poll(() => existsSync(filesIn(job).waiter)).toBe(true);
    const waiter = waiterOf(job);
    await provider().start(target('cut', spec, job.handle), context);
    expect(waiterOf(job)).toBe(waiter);
    await expect.poll(() => isGone(job)).toBe(false);
    process.kill(waiter, 'SIGSTOP');
    try {
      await expect.poll(async () => (await tell(job).catch(() => undefined))?.code === 0 || isGone(job)).toBe(true);
      await gone(job);
      expect((await observed(job)).status).toBe('running');
    } finally {
      process.kill(waiter, 'SIGCONT');
    }
    await expect.poll(async () => (await observed(job)).status).toBe('completed');
    expect(await play.output(job)).toEqual(['stdout: once']);
  });

  it('what a killed start has begun is ended by a stop and a destroy, though it comes up only then', async () => {
    const spec = shell(TILL_TOLD(0));
    const one = await killedStart('early', spec);
    await provider().stop(target('early', spec, one.handle), context);
    expect(isGone(one)).toBe(true);
    expect((await observed(one)).status).toBe('stopped');
    const other = await killedStart('early2', spec);
    await provider().destroy(target('early2', spec, other.handle), { destroyVolumes: false }, context);
    expect(isGone(other)).toBe(true);
    expect(existsSync(filesIn(other).rootfs)).toBe(false);
  });

  it('what a killed start has begun is begun anew by a start, and its exit code is not kept', async () => {
    const spec = shell(TILL_TOLD(3));
    const one = await killedStart('anew', spec);
    await provider().start(target('anew', spec, one.handle), context);
    expect((await observed(one)).status).toBe('running');
    expect(existsSync(filesIn(one).exit)).toBe(false);
    await tell(one);
    await expect.poll(async () => (await observed(one)).detail).toBe('exited 3');
  });

  it('a start waits for that of the run before, which is not taken for its own', async () => {
    const service = await running('again', shell(TILL_TOLD(3)));
    const waiter = waiterOf(service);
    process.kill(waiter, 'SIGSTOP');
    let started: Promise<unknown> | undefined;
    try {
      await tell(service);
      await gone(service);
      expect((await observed(service)).status).toBe('dead');
      rmSync(join(filesIn(service).rootfs, 'end'));
      started = provider().start(target('again', service.spec, service.handle), context);
      // Time for one that did not wait to begin.
      await new Promise((resume) => setTimeout(resume, 1_000));
      expect(isGone(service)).toBe(true);
    } finally {
      process.kill(waiter, 'SIGCONT');
    }
    await started;
    expect((await observed(service)).status).toBe('running');
    expect(waiterOf(service)).not.toBe(waiter);
    expect(existsSync(filesIn(service).exit)).toBe(false);
    expect(existsSync(filesIn(service).stopped)).toBe(false);
  });
});
