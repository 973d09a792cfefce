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
