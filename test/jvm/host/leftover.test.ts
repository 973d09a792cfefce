import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { javaHomes } from '../../support/java-host.ts';
import { withHost } from './with-host.ts';

const SOURCES = {
  'app.Deaf': `package app;
import java.nio.file.*;
public class Deaf {
  static void outlive(Path when, Runnable what, Path done) {
    while (!Files.exists(when)) { try { Thread.sleep(5); } catch (InterruptedException deaf) { } }
    try { what.run(); } finally {
      try { Files.writeString(done, "done"); } catch (java.io.IOException failed) { failed.printStackTrace(); }
    }
  }
  public static void main(String[] args) throws Exception {
    Path when = Path.of(args[0]);
    start("exits", when, () -> System.exit(9));
    start("halts", when, () -> Runtime.getRuntime().halt(9));
    start("hooks", when, () -> Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook of a dead one"))));
    start("sets", when, () -> { System.setProperties(null); System.setOut(null); System.setErr(null); System.setIn(null); });
    Thread.sleep(Long.MAX_VALUE);
  }
  static void start(String name, Path when, Runnable what) {
    new Thread(() -> outlive(when, what, when.resolveSibling(name)), name).start();
  }
}`,
  'app.Crashes': `package app;
import java.nio.file.*;
public class Crashes {
  public static void main(String[] args) throws Exception {
    Path go = Path.of(args[0]);
    System.out.println("runs");
    if (args.length == 1 && Files.exists(go)) Thread.sleep(Long.MAX_VALUE);
    new Thread(() -> Deaf.outlive(go, () -> { }, go.resolveSibling("crashed")), "deaf").start();
    if (args.length > 1) Thread.sleep(Long.MAX_VALUE);
    throw new IllegalStateException("on purpose");
  }
}`,
  'app.Quiet': `package app;
public class Quiet {
  public static void main(String[] args) throws Exception {
    System.setProperty("mine", "quiet");
    while (true) { System.out.println(System.getProperty("mine")); Thread.sleep(50); }
  }
}`,
};

describe.each(javaHomes())('threads that outlive their application on Java $feature', (jdk) => {
  const at = withHost(jdk, SOURCES);

  it('keep their application from being started again until they are gone', async () => {
    const { host } = at;
    const go = join(at.dir, 'go-on');
    const restart = { policy: 'on-failure', maxAttempts: 3, delay: 0.01, maxDelay: 0.01, resetAfter: 10 } as const;
    await host.call('start', {
      app: at.app('crashes', 'app.Crashes', { args: [go], gracePeriod: 0.1, restart }),
      run: 'r',
    });
    await host.until(
      'crashes',
      ({ phase, reason }) => phase === 'failed' && /threads of it remain: .*deaf/.test(reason ?? ''),
    );
    writeFileSync(go, '');
    await host.until('crashes', ({ phase, restarts }) => phase === 'running' && restarts === 1);
    await host.call('undeploy', { key: 'crashes@1', gracePeriod: 5 });
  });

  it('are known after a reload too: it is stopped when they are gone', async () => {
    const { host } = at;
    const go = join(at.dir, 'go-at-last');
    const first = at.app('reloads', 'app.Crashes', { args: [go, 'stay'], gracePeriod: 0.1 });
    await host.call('start', { app: first, run: 'r' });
    const second = at.app('reloads', 'app.Quiet', { digest: 'another', gracePeriod: 0.1, instance: first.instance });
    await host.call('reload', { app: second, run: 's' });
    expect(await host.state('reloads')).toMatchObject({
      phase: 'running',
      reason: expect.stringContaining('deaf') as string,
    });
    await expect(host.call('stop', { key: 'reloads@1', gracePeriod: 0.1 })).rejects.toThrow(/do not end: .*deaf/);
    writeFileSync(go, '');
    await host.until('reloads', ({ phase }) => phase === 'stopped');
    await host.call('undeploy', { key: 'reloads@1', gracePeriod: 5 });
  });

  // The last: it ends the host.
  it('end neither the JVM nor another application, and leave nothing in it', async () => {
    const { host } = at;
    const go = join(at.dir, 'go');
    await host.call('start', { app: at.app('quiet', 'app.Quiet'), run: 'r' });
    await host.call('start', { app: at.app('deaf', 'app.Deaf', { args: [go] }), run: 'r' });
    const before = await host.state('quiet');
    await host.until('deaf', ({ threads }) => threads === 5);
    const gone = await host.call('undeploy', { key: 'deaf@1', gracePeriod: 0.2 });
    expect(JSON.stringify(gone?.leak)).toContain('exits');
    expect(await host.state('deaf')).toBeUndefined();

    writeFileSync(go, '');
    for (const name of ['exits', 'halts', 'hooks', 'sets']) {
      for (let i = 0; i < 500 && !existsSync(join(at.dir, name)); i++) await sleep(10);
      expect([name, existsSync(join(at.dir, name))]).toEqual([name, true]);
    }
    await sleep(200);
    expect(host.process.exitCode).toBeNull();
    expect(await host.state('quiet')).toMatchObject({ phase: 'running', startedAt: before?.startedAt });
    expect(new Set(host.out('quiet').trim().split('\n'))).toEqual(new Set(['quiet']));
    const length = host.out('quiet').length;
    await host.until('quiet', () => host.out('quiet').length > length);
    // What they have asked of the JVM is not kept for its end either.
    await host.call('undeploy', { key: 'quiet@1', gracePeriod: 5 });
    host.process.kill('SIGTERM');
    expect(await host.exited()).toBe(143);
    expect(host.stderr).not.toContain('hook of a dead one');
  });
});
