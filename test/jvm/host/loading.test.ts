import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileJava, javaHomes, startHost } from '../../support/java-host.ts';
import { failure, withHost } from './with-host.ts';

const library = (version: string): Record<string, string> => ({
  'lib.Lib': `package lib; public class Lib { public static String version() { return "${version}"; } }`,
  'lib.Late': `package lib; public class Late { public static String version() { return "late ${version}"; } }`,
  'lib/data.txt': `data ${version}`,
});
const SOURCES = {
  'app.UsesLib': `package app;
public class UsesLib {
  public static void main(String[] args) throws Exception {
    System.out.println(lib.Lib.version());
    java.io.File go = new java.io.File(args[0]);
    while (!go.exists()) Thread.sleep(5);
    System.out.println(lib.Late.version());
    System.out.println(new String(lib.Lib.class.getResourceAsStream("data.txt").readAllBytes()));
    System.out.println(new String(lib.Lib.class.getResource("/lib/data.txt").openStream().readAllBytes()));
  }
}`,
  'app.Resources': `package app;
import java.net.*;
import java.util.*;
public class Resources {
  static String read(URL url) throws Exception { try (var in = url.openStream()) { return new String(in.readAllBytes()).strip(); } }
  public static void main(String[] args) throws Exception {
    ClassLoader loader = Resources.class.getClassLoader();
    System.out.println("context " + (Thread.currentThread().getContextClassLoader() == loader));
    System.out.println("services " + ServiceLoader.load(Runnable.class).stream().map(p -> p.type().getName()).sorted().toList());
    URL url = loader.getResource("some dir/a b.txt");
    System.out.println("url " + url.getProtocol() + " " + url.toString().contains("some%20dir/a%20b.txt") + " " + read(url));
    System.out.println("relative " + read(new URL(url, "c.txt")) + " " + read(new URL(url, "/top.txt")));
    List<String> all = new ArrayList<>();
    for (URL one : Collections.list(loader.getResources("top.txt"))) all.add(read(one));
    System.out.println("all " + all);
    JarURLConnection connection = (JarURLConnection) loader.getResource("top.txt").openConnection();
    System.out.println("jar " + connection.getContentLength() + " " + connection.getMainAttributes().getValue("Implementation-Version"));
    connection.getJarFile().close();
    System.out.println("still " + read(loader.getResource("top.txt")));
    System.out.println("package " + lib.Multi.class.getPackage().getImplementationVersion() + " " + lib.Multi.class.getPackage().isSealed());
    System.out.println("multi " + lib.Multi.which());
    String source = lib.Multi.class.getProtectionDomain().getCodeSource().getLocation().toString();
    System.out.println("source " + (source.startsWith("file:/") && source.endsWith("/resources.jar")));
    System.out.println("none " + loader.getResource("nope") + " " + loader.getResource("../x") + " " + loader.getResourceAsStream("lib/nope"));
    System.out.println("host " + loader.getResource("io/pj/host/Main.class"));
    System.out.println("jdk " + (loader.getResource("java/lang/Object.class") != null));
    for (String name : new String[] {"io.pj.host.Main", "io.pj.host.json.Json", "java.lang.Nope"}) {
      try { loader.loadClass(name); System.out.println("sees " + name); } catch (ClassNotFoundException e) { System.out.println("no " + name); }
    }
    System.out.println("sees " + loader.loadClass("io.pj.api.Pj").getName());
    System.out.println("tools " + loader.loadClass("com.sun.tools.javac.Main").getModule().getName());
    System.out.println("sql " + Class.forName("java.sql.Driver").getModule().getName());
    System.out.println("property " + System.getProperty("java.class.path").contains("resources.jar"));
    new lib.Task().run();
    try { Class.forName("lib.inner.Split"); } catch (SecurityException e) { System.out.println("sealed " + e.getMessage()); }
  }
}`,
};
const RESOURCES = {
  'lib.Multi': 'package lib; public class Multi { public static String which() { return "base"; } }',
  'lib.inner.First': 'package lib.inner; public class First { }',
  'META-INF/services/java.lang.Runnable': 'lib.Task\n',
  'lib.Task': 'package lib; public class Task implements Runnable { public void run() { new lib.inner.First(); } }',
  'some dir/a b.txt': 'ab',
  'some dir/c.txt': 'c',
  'top.txt': 'first',
  'nested/x.txt': 'x',
};

describe.each(javaHomes())('classes and resources of applications, Java $feature', (jdk) => {
  const at = withHost(jdk, {});
  let one: string;
  let two: string;
  let app: string;
  beforeAll(async () => {
    const { dir } = at;
    one = await compileJava(dir, library('1'), { jar: 'one.jar' });
    two = await compileJava(dir, library('2'), { jar: 'two.jar' });
    // The jar has a class of its own for this Java.
    const multi = await compileJava(join(dir, 'multi'), {
      'lib.Multi': RESOURCES['lib.Multi'].replace('base', 'versioned'),
    });
    const versioned = readFileSync(join(multi, 'lib/Multi.class'));
    const jar = await compileJava(dir, RESOURCES, {
      jar: 'resources.jar',
      manifest: { 'Multi-Release': 'true', 'Implementation-Version': '4.2', Sealed: 'true' },
      binary: { 'META-INF/versions/11/lib/Multi.class': versioned },
    });
    const second = await compileJava(
      dir,
      { 'top.txt': 'second', 'x/y.txt': '', 'lib.inner.Split': 'package lib.inner; public class Split { }' },
      { jar: 'second.jar' },
    );
    app = await compileJava(join(dir, 'app'), SOURCES, { classpath: [one, jar, second] });
  });
  const file = (name: string): string => join(at.dir, name);

  it('has two versions of one library side by side', async () => {
    const { host, dir } = at;
    const go = join(dir, 'go-at-once');
    writeFileSync(go, '');
    for (const [id, jar] of [
      ['v1', one],
      ['v2', two],
    ] as const) {
      const spec = host.app({ id, mainClass: 'app.UsesLib', classpath: [app, jar], args: [go], daemon: true });
      await host.call('start', { app: spec, run: 'r' });
    }
    await host.until('v1', () => host.out('v1') === '1\nlate 1\ndata 1\ndata 1\n');
    await host.until('v2', () => host.out('v2') === '2\nlate 2\ndata 2\ndata 2\n');
    for (const key of ['v1@1', 'v2@1'])
      expect(await host.call('undeploy', { key, gracePeriod: 5 })).toMatchObject({ leak: null });
  });

  it.each(['rewritten in place', 'truncated'])('goes on with its jar as it was when that is %s', async (how) => {
    const { host, dir } = at;
    const id = how.slice(0, 4);
    const [go, jar] = [join(dir, `go-${id}`), join(dir, `app-${id}.jar`)];
    copyFileSync(one, jar);
    const spec = host.app({ id, mainClass: 'app.UsesLib', classpath: [app, jar], args: [go], daemon: true });
    await host.call('start', { app: spec, run: 'r1' });
    await host.until(id, () => host.out(id) === '1\n');
    writeFileSync(jar, how === 'truncated' ? '' : readFileSync(two));
    writeFileSync(go, '');
    await host.until(id, () => host.out(id) === '1\nlate 1\ndata 1\ndata 1\n');
    await host.call('stop', { key: spec.key, gracePeriod: 5 });
    // The next start takes it as it is now.
    if (how === 'truncated') {
      expect((await failure(host.call('start', { app: spec, run: 'r2' }))).message).toContain(
        `${jar} cannot be read as a jar`,
      );
    } else {
      await host.call('start', { app: spec, run: 'r2' });
      await host.until(id, () => host.out(id).endsWith('2\nlate 2\ndata 2\ndata 2\n'));
    }
    await host.call('undeploy', { key: spec.key, gracePeriod: 5 });
  });

  it('finds resources, services, versions and seals as a JVM of its own does', async () => {
    const { host } = at;
    const spec = host.app({
      id: 'res',
      mainClass: 'app.Resources',
      classpath: [app, file('resources.jar'), file('second.jar')],
      daemon: true,
    });
    await host.call('start', { app: spec, run: 'r' });
    await host.until('res', (state) => host.out('res').includes('sealed') || state.phase === 'failed');
    expect(host.err('res')).toBe('');
    expect(host.out('res').split('\n')).toEqual([
      'context true',
      'services [lib.Task]',
      'url jar true ab',
      'relative c first',
      'all [first, second]',
      'jar 5 4.2',
      'still first',
      'package 4.2 true',
      'multi versioned',
      'source true',
      'none null null null',
      'host null',
      'jdk true',
      'no io.pj.host.Main',
      'no io.pj.host.json.Json',
      'no java.lang.Nope',
      'sees io.pj.api.Pj',
      'tools jdk.compiler',
      'sql java.sql',
      expect.stringMatching(/^property /) as string,
      expect.stringMatching(/^sealed /) as string,
      '',
    ]);
    expect(await host.call('undeploy', { key: spec.key, gracePeriod: 5 })).toMatchObject({ leak: null });
  });

  it('takes its own before what all share', async () => {
    const host = await startHost({ jdk, sharedClasspath: [two] });
    try {
      const go = file('go-shared');
      writeFileSync(go, '');
      for (const [id, classpath] of [
        ['own', [app, one]],
        ['shared', [app]],
      ] as const) {
        const spec = host.app({ id, mainClass: 'app.UsesLib', classpath: [...classpath], args: [go], daemon: true });
        await host.call('start', { app: spec, run: 'r' });
      }
      await host.until('own', () => host.out('own') === '1\nlate 1\ndata 1\ndata 1\n');
      await host.until('shared', () => host.out('shared') === '2\nlate 2\ndata 2\ndata 2\n');
      for (const key of ['own@1', 'shared@1'])
        expect(await host.call('undeploy', { key, gracePeriod: 5 })).toMatchObject({ leak: null });
    } finally {
      await host.end();
    }
  });
});
