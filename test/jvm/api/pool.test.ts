import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { javaHomes } from '../../support/java-host.ts';
import { withApps } from './with-apps.ts';

describe.each(javaHomes())('the pool of an application, Java $feature', (jdk) => {
  const at = withApps(jdk);
  const sizes = (corePoolSize: number, maxPoolSize: number, queueCapacity: number) => ({
    threadPool: { corePoolSize, maxPoolSize, queueCapacity, keepAlive: 60 },
  });
  const full = (threads: number, waiting: number): string =>
    `the pool of pool is full: it takes ${threads} tasks at work (java.threadPool.maxPoolSize) and ${waiting} that wait (java.threadPool.queueCapacity)`;

  it('refuses what is too much, and takes new sizes while it works', async () => {
    const go = join(at.dir, 'go');
    const args = ['fill', go];
    await at.start('pool', 'app.Pooled', args, sizes(2, 4, 3));
    await at.printed('pool', `round 1 took 7: ${full(4, 3)}\n`);
    await at.printed('pool', 'pj shuts the pool down when the application stops');
    const rounds: [number, number, number][] = [
      [6, 8, 0],
      [1, 1, 0],
      [0, 2, 5],
      [3, 3, 2],
    ];
    let round = 1;
    for (const [core, max, queue] of rounds) {
      await at.host.call('update', { app: at.call('pool', 'app.Pooled', args, sizes(core, max, queue)) });
      writeFileSync(`${go}${round++}`, '');
      await at.printed('pool', `round ${round} took ${max + queue}: ${full(max, queue)}\n`);
    }
    expect(await at.gone('pool')).toMatchObject({ leak: null });
  });

  it('has one thread and a hundred places where the descriptor says nothing', async () => {
    await at.start('plain', 'app.Pooled', ['fill', join(at.dir, 'never')]);
    await at.printed('plain', 'round 1 took 101: ');
    expect(await at.gone('plain')).toMatchObject({ leak: null });
    expect(at.host.err('plain')).toContain('pj: 100 task(s) that waited in its pool were dropped');
  });

  it('keeps a job running until its tasks are done, on threads of its own', async () => {
    const from = Date.now();
    expect(await at.job('short', 'app.Pooled', ['short'])).toBe(
      `main ends\n${[0, 1, 2].map((i) => `task ${i} app short@1 true\n`).join('')}`,
    );
    // Its threads stay for 60 s; they do not keep it.
    expect(Date.now() - from).toBeLessThan(20_000);
  });
});
