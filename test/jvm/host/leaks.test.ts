import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AppCall, HostCalls } from '../../../src/jvm/protocol.ts';
import { compileJava, javaHomes, startHost } from '../../support/java-host.ts';
import { withHost } from './with-host.ts';

const main = (name: string, body: string, more = ''): string => `package app;
import java.util.*;
import java.util.concurrent.*;
public class ${name} {
  ${more}
  public static void main(String[] args) throws Exception {
    ${body}
    System.out.println("up");
  }
}`;
const SOURCES = {
  'app.Clean': main(
    'Clean',
    'new Thread(() -> { try { Thread.sleep(60_000); } catch (InterruptedException e) { } }).start();',
  ),
  'app.Stubborn': main(
    'Stubborn',
    'Thread t = new Thread(() -> { while (!new java.io.File(args[0]).exists()) { try { Thread.sleep(20); } catch (InterruptedException e) { } } }, "stubborn"); t.setDaemon(true); t.start();',
  ),
  'app.Held': main(
    'Held',
    `Thread hook = new Thread("forgotten-hook") { @Override public void run() { } };
    Object runtime = Class.forName("java.lang.ApplicationShutdownHooks");
    java.lang.reflect.Method add = ((Class<?>) runtime).getDeclaredMethod("add", Thread.class);
    add.setAccessible(true);
    add.invoke(null, hook);`,
  ),
  'app.Provided': main(
    'Provided',
    'java.security.Security.addProvider(new P());',
    'static class P extends java.security.Provider { P() { super("Leaky", "1", "x"); } }',
  ),
  'app.Tidied': main(
    'Tidied',
    `java.sql.DriverManager.registerDriver(new D());
    java.lang.management.ManagementFactory.getPlatformMBeanServer().registerMBean(new Bean(), new javax.management.ObjectName("app:type=Bean"));
    java.util.logging.Logger.getLogger("").addHandler(new H());
    java.net.CookieHandler.setDefault(new C());
    new java.io.ObjectOutputStream(new java.io.ByteArrayOutputStream()).writeObject(new S());`,
    `public interface BeanMBean { int getX(); }
  public static class Bean implements BeanMBean { public int getX() { return 1; } }
  static class S implements java.io.Serializable { int x; }
  static class C extends java.net.CookieManager { }
  static class H extends java.util.logging.Handler { public void publish(java.util.logging.LogRecord r) { } public void flush() { } public void close() { System.out.println("handler closed"); } }
  static class D implements java.sql.Driver {
    public java.sql.Connection connect(String url, Properties p) { return null; }
    public boolean acceptsURL(String url) { return false; }
    public java.sql.DriverPropertyInfo[] getPropertyInfo(String url, Properties p) { return new java.sql.DriverPropertyInfo[0]; }
    public int getMajorVersion() { return 1; }
    public int getMinorVersion() { return 0; }
    public boolean jdbcCompliant() { return false; }
    public java.util.logging.Logger getParentLogger() { return null; }
  }`,
  ),
};

/** A library that all share, with a pool whose thread is started by whoever comes first. */
const LIBRARY = {
  'shared.Pool': `package shared;
public class Pool {
  public static final java.util.concurrent.ExecutorService POOL = java.util.concurrent.Executors.newSingleThreadExecutor(r -> new Thread(r, "shared-pool"));
}`,
};
const LOCAL = {
  'app.Keeper': main('Keeper', 'shared.Pool.POOL.submit(() -> { }).get();'),
  'app.Local': main(
    'Local',
    'shared.Pool.POOL.submit(() -> LOCAL.set(new Held())).get();',
    'static final ThreadLocal<Object> LOCAL = new ThreadLocal<>(); static class Held { }',
  ),
};

describe.each(javaHomes())('an application that goes, Java $feature', (jdk) => {
  const at = withHost(jdk, SOURCES);
  async function gone(
    id: string,
    mainClass: string,
    over: Partial<AppCall> = {},
  ): Promise<NonNullable<HostCalls['undeploy']['result']>> {
    const { host } = at;
    await host.call('start', { app: at.app(id, mainClass, { daemon: true, ...over }), run: 'r' });
    await host.until(id, () => host.out(id) !== '');
    const result = await host.call('undeploy', { key: `${id}@1`, gracePeriod: 0.5 });
    if (result === null) throw new Error('it was not there');
    return result;
  }

  it('is collected, at the first time', async () => {
    for (let i = 0; i < 3; i++) {
      const { leak, collections } = await gone('clean', 'app.Clean');
      expect(leak).toBeNull();
      expect(collections).toBeLessThanOrEqual(2);
    }
  });

  it('leaves what it registered with the JDK behind, and that is taken back and told', async () => {
    expect(await gone('tidied', 'app.Tidied')).toMatchObject({ leak: null });
    const told = at.host.err('tidied');
    for (const what of [
      'JDBC driver app.Tidied$D',
      'MBean app:type=Bean',
      'logging handler app.Tidied$H',
      'default CookieHandler',
    ]) {
      expect(told).toContain(`that was done for it: ${what}`);
    }
    expect(at.host.out('tidied')).toBe('up\nhandler closed\n');
  });

  it('is told to leak by a thread that ignores interrupts, until that ends', async () => {
    const { host, dir } = at;
    const file = `${dir}/end-stubborn`;
    const { leak } = await gone('stubborn', 'app.Stubborn', { args: [file] });
    expect(leak).toEqual([
      { kind: 'thread', what: expect.stringMatching(/^"stubborn" \(TIMED_WAITING\) at /) as string },
    ]);
    expect((await host.call('hello', {})).leaks).toMatchObject([{ key: 'stubborn@1', by: leak }]);
    expect(await host.state('stubborn')).toBeUndefined();
    // The same may be deployed again meanwhile.
    await host.call('start', { app: at.app('stubborn', 'app.Stubborn', { args: [dir], daemon: true }), run: 'again' });
    writeFileSync(file, '');
    expect(await host.call('undeploy', { key: 'stubborn@1', gracePeriod: 2 })).toMatchObject({ leak: null });
    for (let i = 0; i < 50 && (await host.call('hello', {})).leaks.length > 0; i++) {
      await gone('clean', 'app.Clean');
    }
    expect((await host.call('hello', {})).leaks).toEqual([]);
  });

  it.each([
    ['held', 'app.Held', 'shutdownHook', 'thread "forgotten-hook" of the JVM itself'],
    ['provided', 'app.Provided', 'unknown', 'the security provider Leaky'],
  ])('is told to leak: %s', async (id, mainClass, kind, what) => {
    const { leak, collections } = await gone(id, mainClass);
    expect(collections).toBe(10);
    expect(leak).toContainEqual({
      kind,
      what,
    });
  });

  it('counts loaders that were left by restarts', async () => {
    const { host } = at;
    const app = at.app('counted', 'app.Held', { daemon: true });
    for (const run of ['r1', 'r2']) {
      await host.call('start', { app, run });
      await host.until('counted', () => host.out('counted') === (run === 'r1' ? 'up\n' : 'up\nup\n'));
      await host.call('stop', { key: app.key, gracePeriod: 1 });
    }
    await host.until('counted', (state) => state.leaked === 2);
    expect((await host.call('undeploy', { key: app.key, gracePeriod: 1 }))?.leak).toHaveLength(2);
  });

  it('is told to leak by a thread local of a neighbour’s thread', async () => {
    const library = await compileJava(join(at.dir, 'library'), LIBRARY);
    const classes = await compileJava(join(at.dir, 'local'), LOCAL, { classpath: [library] });
    const host = await startHost({ jdk, sharedClasspath: [library] });
    try {
      for (const [id, mainClass] of [
        ['keeper', 'app.Keeper'],
        ['local', 'app.Local'],
      ] as const) {
        await host.call('start', { app: host.app({ id, mainClass, classpath: [classes], daemon: true }), run: 'r' });
        await host.until(id, () => host.out(id) !== '');
      }
      const gone = await host.call('undeploy', { key: 'local@1', gracePeriod: 1 });
      const what = 'thread "shared-pool" keeps a app.Local$Held of a java.lang.ThreadLocal';
      expect(gone).toEqual({ leak: [{ kind: 'threadLocal', what }], collections: 10 });
      // When the thread goes, the loader does.
      expect(await host.call('undeploy', { key: 'keeper@1', gracePeriod: 1 })).toMatchObject({ leak: null });
      expect((await host.call('hello', {})).leaks).toEqual([]);
    } finally {
      await host.end();
    }
  });
});
