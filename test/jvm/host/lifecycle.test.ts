import { appendFileSync, truncateSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { javaHomes } from '../../support/java-host.ts';
import { failure, withHost } from './with-host.ts';

const SOURCES = {
  'app.Service': `package app;
public class Service {
  public static void main(String[] args) throws Exception {
    System.out.println("up " + String.join(",", args) + " " + System.getProperty("who"));
    Thread.sleep(Long.MAX_VALUE);
  }
}`,
  'app.Returns': `package app;
public class Returns {
  public static void main(String[] args) {
    if (args.length > 0) {
      Thread t = new Thread(() -> { try { Thread.sleep(300); } catch (InterruptedException e) { } System.out.println("worker done"); });
      t.setDaemon(args[0].equals("daemon"));
      t.start();
    }
    Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook")));
    System.out.println("main done");
  }
}`,
  'app.Throws': `package app;
public class Throws {
  public static void main(String[] args) {
    new Thread(() -> { try { Thread.sleep(60_000); } catch (InterruptedException e) { System.out.println("interrupted"); } }).start();
    throw new IllegalStateException("no database", new RuntimeException("refused"));
  }
}`,
  'app.Exits': `package app;
public class Exits {
  public static void main(String[] args) throws Exception {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook")));
    Thread t = new Thread(() -> { System.exit(7); });
    t.start();
    Thread.sleep(60_000);
  }
}`,
  'app.Hooked': `package app;
public class Hooked {
  static volatile boolean stop;
  public static void main(String[] args) throws Exception {
    Thread main = Thread.currentThread();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      stop = true;
      try { main.join(); } catch (InterruptedException e) { }
      System.out.println("closed");
    }));
    System.out.println("up");
    while (!stop) Thread.sleep(5);
    System.out.println("left the loop, interrupted: " + Thread.interrupted());
  }
}`,
  'app.Stubborn': `package app;
public class Stubborn {
  public static volatile boolean stop;
  public static void main(String[] args) throws Exception {
    Thread t = new Thread(() -> {
      long until = System.nanoTime() + Long.parseLong(args[0]) * 1_000_000L;
      while (System.nanoTime() < until) { try { Thread.sleep(5); } catch (InterruptedException e) { } }
    }, "stubborn");
    t.start();
    Thread.sleep(60_000);
  }
}`,
  'app.Pools': `package app;
import java.util.Timer;
import java.util.TimerTask;
import java.util.concurrent.*;
public class Pools {
  public static void main(String[] args) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(3);
    for (int i = 0; i < 3; i++) pool.submit(() -> {}).get();
    Executors.newScheduledThreadPool(1).scheduleAtFixedRate(() -> {}, 1, 1, TimeUnit.MILLISECONDS);
    new ForkJoinPool(2).submit(() -> {}).get();
    new Timer("ticker").schedule(new TimerTask() { public void run() { } }, 1, 1);
    CompletableFuture.supplyAsync(() -> 1).orTimeout(1, TimeUnit.MINUTES).get();
    System.out.println("pooled");
  }
}`,
  'app.NoMain': 'package app; public class NoMain { static void main(int x) { } }',
  'app.BadInit':
    'package app; public class BadInit { static { if (true) throw new RuntimeException("static"); } public static void main(String[] a) { } }',
};

describe.each(javaHomes())('an application in a host JVM, Java $feature', (jdk) => {
  const at = withHost(jdk, SOURCES);

  it('is deployed, started, stopped and undeployed, each twice', async () => {
    const { host } = at;
    const app = at.app('plain', 'app.Service', { args: ['a', 'b'], properties: { who: 'me' } });
    for (let i = 0; i < 2; i++)
      expect(await host.call('deploy', { app })).toMatchObject({ phase: 'deployed', run: null });
    const first = await host.call('start', { app, run: 'r1' });
    expect(first).toMatchObject({ phase: 'running', run: 'r1', restarts: 0, digest: app.digest, threads: 1 });
    expect(await host.call('start', { app, run: 'r1' })).toMatchObject({ run: 'r1', startedAt: first.startedAt });
    // What runs with this digest stays.
    expect(await host.call('start', { app, run: 'r2' })).toMatchObject({ startedAt: first.startedAt, run: 'r2' });
    expect((await host.call('recall', {})).find((one) => one.app.id === 'plain')).toEqual({ app, run: 'r2' });
    // It runs before it has come to where it sleeps.
    await host.until('plain', () => host.out('plain') === 'up a,b me\n');
    const text = async () => (await host.call('threads', { key: app.key })).text;
    await expect.poll(text).toMatch(/^"main" id=\d+ TIMED_WAITING/);
    expect(await text()).toContain('app.Service.main(');
    const sample = (await host.call('sample', {})).apps.find((one) => one.key === app.key);
    expect(sample).toMatchObject({ threads: 1, classes: 1 });
    expect(sample?.allocated).toBeGreaterThan(0);
    for (let i = 0; i < 2; i++) {
      const stopped = await host.call('stop', { key: app.key, gracePeriod: 5 });
      expect(stopped).toMatchObject({ phase: 'stopped', threads: 0 });
    }
    // A late repetition of a start that was done does not bring it back.
    expect(await host.call('start', { app, run: 'r2' })).toMatchObject({ phase: 'stopped' });
    expect(await host.call('start', { app, run: 'r3' })).toMatchObject({ phase: 'running', run: 'r3' });
    await host.until('plain', () => host.out('plain') === 'up a,b me\n'.repeat(2));
    expect(await host.call('undeploy', { key: app.key, gracePeriod: 5 })).toMatchObject({ leak: null });
    expect(await host.call('undeploy', { key: app.key, gracePeriod: 5 })).toBeNull();
    expect(await host.call('stop', { key: app.key, gracePeriod: 5 })).toBeNull();
    expect((await failure(host.call('threads', { key: app.key }))).code).toBe('not-deployed');
    expect((await host.call('hello', {})).leaks).toEqual([]);
  });

  it('is started anew with another digest, refused as another instance', async () => {
    const { host } = at;
    const app = at.app('other', 'app.Service');
    const first = await host.call('start', { app, run: 'r1' });
    const next = { ...app, digest: 'another', args: ['x'] };
    const second = await host.call('start', { app: next, run: 'r2' });
    expect(second).toMatchObject({ phase: 'running', digest: 'another', run: 'r2' });
    expect(second.startedAt).not.toBe(first.startedAt);
    const refused = await failure(host.call('start', { app: { ...next, instance: 'elsewhere' }, run: 'r3' }));
    expect(refused).toMatchObject({ code: 'bad-request', details: { instance: app.instance } });
    // What does not run is what is left of a deployment that was given up.
    await host.call('stop', { key: app.key, gracePeriod: 5 });
    const taken = await host.call('start', { app: { ...next, instance: 'elsewhere' }, run: 'r3' });
    expect(taken).toMatchObject({ phase: 'running', instance: 'elsewhere', run: 'r3' });
    await host.call('undeploy', { key: app.key, gracePeriod: 5 });
  });

  it('is there once however many deploy, start and undeploy it at once', async () => {
    const { host } = at;
    const app = at.app('crowd', 'app.Service');
    const all = Array.from({ length: 40 }, (_, i) => {
      if (i % 5 === 4) return host.call('undeploy', { key: app.key, gracePeriod: 5 });
      return i % 2 === 0 ? host.call('deploy', { app }) : host.call('start', { app, run: `r${i}` });
    });
    const failed = (await Promise.allSettled(all))
      .filter((one) => one.status === 'rejected')
      .map((one) => (one.reason as { code: string }).code);
    // Who was waiting for its turn when it was undeployed is told so.
    expect(failed.filter((code) => code !== 'not-deployed')).toEqual([]);
    await host.call('start', { app, run: 'last' });
    expect((await host.call('list', {})).apps.filter((one) => one.id === 'crowd')).toMatchObject([
      { phase: 'running', threads: 1 },
    ]);
    expect(await host.call('undeploy', { key: app.key, gracePeriod: 5 })).toMatchObject({ leak: null });
  });

  it('completes as a job, fails as a service, when main returns and no thread keeps it up', async () => {
    const { host } = at;
    await host.call('start', { app: at.app('job', 'app.Returns', { type: 'job', args: ['user'] }), run: 'r' });
    const done = await host.until('job', (state) => state.phase === 'completed');
    expect(done).toMatchObject({ lastExit: { code: 0, error: null }, threads: 0 });
    expect(host.out('job')).toBe('main done\nworker done\nhook\n');
    await host.call('start', { app: at.app('back', 'app.Returns', { args: ['daemon'] }), run: 'r' });
    expect(await host.until('back', (state) => state.phase === 'failed')).toMatchObject({
      lastExit: { code: 0 },
      reason: null,
    });
    // Its daemon thread was interrupted, as it dies with a JVM of its own.
    expect(host.out('back')).toMatch(/^main done\nhook\n/);
    // A stop of what has completed leaves it completed.
    expect(await host.call('stop', { key: 'job@1', gracePeriod: 1 })).toMatchObject({ phase: 'completed' });
    expect(await host.call('stop', { key: 'back@1', gracePeriod: 1 })).toMatchObject({ phase: 'stopped' });
  });

  it('goes on without a thread of its own as a daemon', async () => {
    const { host } = at;
    await host.call('start', { app: at.app('daemon', 'app.Returns', { daemon: true }), run: 'r' });
    await host.until('daemon', () => host.out('daemon') !== '');
    await new Promise((done) => setTimeout(done, 500));
    expect(await host.state('daemon')).toMatchObject({ phase: 'running', threads: 0, lastExit: null });
    expect(await host.call('stop', { key: 'daemon@1', gracePeriod: 5 })).toMatchObject({ phase: 'stopped' });
    expect(host.out('daemon')).toBe('main done\nhook\n');
  });

  it('fails with what main threw, and its other threads end', async () => {
    const { host } = at;
    await host.call('start', { app: at.app('throws', 'app.Throws'), run: 'r' });
    const state = await host.until('throws', (one) => one.phase === 'failed');
    expect(state).toMatchObject({ lastExit: { code: 1 }, threads: 0 });
    expect(state.lastExit?.error).toMatch(
      /^java\.lang\.IllegalStateException: no database\n {2}at app\.Throws\.main\(/,
    );
    expect(state.lastExit?.error).toContain('caused by java.lang.RuntimeException: refused');
    expect(host.out('throws')).toBe('interrupted\n');
    expect(host.err('throws')).toContain('Exception in thread "main" java.lang.IllegalStateException: no database');
  });

  it('ends with the code of System.exit of any thread; the host goes on', async () => {
    const { host } = at;
    await host.call('start', { app: at.app('exits', 'app.Exits'), run: 'r' });
    expect(await host.until('exits', (one) => one.phase === 'failed')).toMatchObject({
      lastExit: { code: 7, error: null },
      threads: 0,
    });
    expect(host.out('exits')).toBe('hook\n');
  });

  it('runs its shutdown hooks before it is interrupted', async () => {
    const { host } = at;
    await host.call('start', { app: at.app('hooked', 'app.Hooked'), run: 'r' });
    await host.until('hooked', () => host.out('hooked') === 'up\n');
    await host.call('stop', { key: 'hooked@1', gracePeriod: 5 });
    expect(host.out('hooked')).toBe('up\nleft the loop, interrupted: false\nclosed\n');
  });

  it('says which threads do not end, and is stopped when they have', async () => {
    const { host } = at;
    const app = at.app('stubborn', 'app.Stubborn', { args: ['2500'], gracePeriod: 0.1 });
    await host.call('start', { app, run: 'r' });
    await host.until('stubborn', (one) => one.threads === 2);
    const remain = await failure(host.call('stop', { key: app.key, gracePeriod: 0.3 }));
    expect(remain).toMatchObject({ code: 'threads-remain', details: { threads: [{ name: 'stubborn' }] } });
    expect(JSON.stringify(remain.details)).toContain('app.Stubborn.lambda$main$0');
    expect(await host.state('stubborn')).toMatchObject({
      phase: 'stopping',
      reason: expect.stringContaining('stubborn') as string,
    });
    expect((await failure(host.call('start', { app: { ...app, digest: 'another' }, run: 'r2' }))).code).toBe(
      'threads-remain',
    );
    expect(await host.until('stubborn', (one) => one.phase === 'stopped')).toMatchObject({ threads: 0, reason: null });
    await host.call('undeploy', { key: app.key, gracePeriod: 1 });
  });

  it('ends pools and timers that it has not', async () => {
    const { host } = at;
    await host.call('start', { app: at.app('pools', 'app.Pools', { daemon: true }), run: 'r' });
    await host.until('pools', () => host.out('pools') !== '');
    expect((await host.state('pools'))?.threads).toBeGreaterThanOrEqual(5);
    expect(await host.call('undeploy', { key: 'pools@1', gracePeriod: 5 })).toMatchObject({ leak: null });
    // What the JVM shares still works for the next one.
    await host.call('start', { app: at.app('pools', 'app.Pools', { daemon: true }), run: 'r' });
    await host.until('pools', () => host.out('pools') === 'pooled\npooled\n');
    expect(await host.call('undeploy', { key: 'pools@1', gracePeriod: 5 })).toMatchObject({ leak: null });
  });

  it('does not start without its class, its main or its class path', async () => {
    const { host } = at;
    for (const [id, mainClass, classpath, says] of [
      ['no-class', 'app.Missing', undefined, 'there is no class app.Missing'],
      ['no-main', 'app.NoMain', undefined, 'no public static void main'],
      ['no-jar', 'app.Service', ['/nowhere/a.jar'], '/nowhere/a.jar is not there'],
      ['bad-jar', 'app.Service', ['/etc/passwd'], '/etc/passwd cannot be read as a jar'],
    ] as const) {
      const app = at.app(id, mainClass, classpath === undefined ? {} : { classpath: [...classpath] });
      const error = await failure(host.call('start', { app, run: 'r' }));
      expect(error.code).toBe('start-failed');
      expect(error.message).toContain(says);
      expect(await host.state(id)).toMatchObject({ phase: 'failed', reason: error.message, threads: 0 });
      expect(await host.call('undeploy', { key: app.key, gracePeriod: 1 })).toMatchObject({ leak: null });
    }
    await host.call('start', { app: at.app('bad-init', 'app.BadInit'), run: 'r' });
    expect((await host.until('bad-init', (one) => one.phase === 'failed')).lastExit?.error).toContain(
      'RuntimeException: static',
    );
  });

  it('appends to its logs, also when they were truncated meanwhile', async () => {
    const { host } = at;
    const app = at.app('logs', 'app.Service');
    appendFileSync(app.logs.out, 'before\n');
    await host.call('start', { app, run: 'r1' });
    await host.until('logs', () => host.out('logs').includes('up'));
    expect(host.out('logs')).toBe('before\nup  null\n');
    await host.call('stop', { key: app.key, gracePeriod: 5 });
    truncateSync(app.logs.out);
    await host.call('start', { app, run: 'r2' });
    await host.until('logs', () => host.out('logs') === 'up  null\n');
    const unwritable = { ...app, id: 'x', key: 'x@1', logs: { out: '/nowhere/x', err: '/nowhere/x' } };
    expect((await failure(host.call('start', { app: unwritable, run: 'r' }))).message).toContain('/nowhere/x');
  });
});
