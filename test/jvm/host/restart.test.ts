import { describe, expect, it } from 'vitest';
import { javaHomes } from '../../support/java-host.ts';
import { withHost } from './with-host.ts';

const SOURCES = {
  'app.Fails': `package app;
public class Fails {
  public static void main(String[] args) throws Exception {
    System.out.println("run");
    if (args.length > 1) Thread.sleep(Long.parseLong(args[1]));
    System.exit(Integer.parseInt(args[0]));
  }
}`,
};
const fast = { delay: 0.05, maxDelay: 0.2, resetAfter: 60 };

describe.each(javaHomes())('the restart policy of an application, Java $feature', (jdk) => {
  const at = withHost(jdk, SOURCES);

  it('gives up after maxAttempts', async () => {
    const { host } = at;
    const restart = { policy: 'on-failure' as const, maxAttempts: 3, ...fast };
    await host.call('start', { app: at.app('gives-up', 'app.Fails', { args: ['3'], restart }), run: 'r' });
    const state = await host.until('gives-up', (one) => one.phase === 'failed');
    expect(state).toMatchObject({
      restarts: 3,
      attempts: 3,
      reason: 'given up after 3 restarts',
      lastExit: { code: 3 },
      run: 'r',
      nextStart: null,
    });
    expect(host.out('gives-up')).toBe('run\n'.repeat(4));
    // A start that is asked for begins anew.
    await host.call('start', { app: at.app('gives-up', 'app.Fails', { args: ['3'], restart }), run: 'r2' });
    await host.until('gives-up', (one) => one.phase === 'failed' && one.run === 'r2' && one.restarts === 3);
    expect(host.out('gives-up')).toBe('run\n'.repeat(8));
  });

  it.each([
    ['on-failure', '0', 'failed', 1],
    ['no', '4', 'failed', 1],
  ] as const)('%s does nothing about code %s', async (policy, code, phase, runs) => {
    const { host } = at;
    const id = `${policy}-${code}`;
    await host.call('start', {
      app: at.app(id, 'app.Fails', { args: [code], restart: { policy, maxAttempts: 3, ...fast } }),
      run: 'r',
    });
    expect(await host.until(id, (one) => one.phase === phase)).toMatchObject({ restarts: 0, reason: null });
    expect(host.out(id)).toBe('run\n'.repeat(runs));
  });

  it('always restarts a service that ended well, never a job that did', async () => {
    const { host } = at;
    const restart = { policy: 'always' as const, maxAttempts: 2, ...fast };
    await host.call('start', { app: at.app('always', 'app.Fails', { args: ['0'], restart }), run: 'r' });
    expect(await host.until('always', (one) => one.phase === 'failed')).toMatchObject({ restarts: 2 });
    await host.call('start', { app: at.app('job-0', 'app.Fails', { args: ['0'], restart, type: 'job' }), run: 'r' });
    expect(await host.until('job-0', (one) => one.phase === 'completed')).toMatchObject({ restarts: 0 });
    await host.call('start', { app: at.app('job-1', 'app.Fails', { args: ['1'], restart, type: 'job' }), run: 'r' });
    expect(await host.until('job-1', (one) => one.phase === 'failed')).toMatchObject({ restarts: 2 });
  });

  it('counts anew after a run that lasted', async () => {
    const { host } = at;
    const restart = { policy: 'on-failure' as const, maxAttempts: 1, delay: 0.01, maxDelay: 0.01, resetAfter: 0.1 };
    await host.call('start', { app: at.app('lasts', 'app.Fails', { args: ['1', '150'], restart }), run: 'r' });
    const state = await host.until('lasts', (one) => one.restarts >= 3);
    expect(state.attempts).toBe(1);
    await host.call('stop', { key: 'lasts@1', gracePeriod: 2 });
  });

  it('waits in backoff until the time it tells; stop and start end the wait', async () => {
    const { host } = at;
    const restart = { policy: 'on-failure' as const, maxAttempts: 0, delay: 30, maxDelay: 60, resetAfter: 60 };
    const app = at.app('waits', 'app.Fails', { args: ['1'], restart });
    await host.call('start', { app, run: 'r' });
    const state = await host.until('waits', (one) => one.phase === 'backoff');
    const wait = Date.parse(state.nextStart ?? '') - Date.parse(state.since);
    expect(wait).toBeGreaterThan(22_000);
    expect(wait).toBeLessThan(38_000);
    expect(await host.call('start', { app, run: 'r2' })).toMatchObject({ run: 'r2', restarts: 0 });
    await host.until('waits', (one) => one.phase === 'backoff');
    expect(host.out('waits')).toBe('run\nrun\n');
    expect(await host.call('stop', { key: app.key, gracePeriod: 1 })).toMatchObject({
      phase: 'stopped',
      nextStart: null,
    });
  });
});
