import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
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
      await new Promise((resume) => setTimeout(resume, 300));
    } finally {
      process.kill(waiter, 'SIGCONT');
    }
    await started;
    expect((await observed(service)).status).toBe('running');
    expect(waiterOf(service)).not.toBe(waiter);
    expect(existsSync(filesIn(service).exit)).toBe(false);
  });
});
