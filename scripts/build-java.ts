import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** The oldest Java that a host JVM runs on. */
const RELEASE = '17';
/** The oldest that a JVM of an application's own may be. */
const OWN_RELEASE = '8';

/** Every .java file below a folder, sorted. */
function sources(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.java'))
    .sort()
    .map((name) => join(dir, name));
}

/** A JDK that compiles for 17: JAVA_HOME's, else the one in PATH; undefined where there is none. */
function findJdk(): { javac: string; jar: string } | undefined {
  const home = process.env['JAVA_HOME'];
  const dirs = [...(home ? [join(home, 'bin')] : []), ...(process.env['PATH'] ?? '').split(delimiter)];
  const dir = dirs.find((one) => existsSync(join(one, 'javac')) && existsSync(join(one, 'jar')));
  return dir === undefined ? undefined : { javac: join(dir, 'javac'), jar: join(dir, 'jar') };
}

/**
 * Compiles java-host/ into OUT/java: jvm-host.jar, pj-api.jar and own-jvm.jar. Unchanged sources are taken from the cache, a folder beside node_modules' own.
 * Without a JDK nothing is made, and that is told: pj then runs everything but Java in a shared JVM.
 */
export async function buildJava(root: string, out: string): Promise<void> {
  const api = sources(join(root, 'java-host/api'));
  const host = sources(join(root, 'java-host/src'));
  const own = sources(join(root, 'java-host/own'));
  const hash = createHash('sha256').update(readFileSync(join(root, 'scripts/build-java.ts')));
  for (const file of [...api, ...host, ...own])
    hash.update(file.slice(root.length)).update('\0').update(readFileSync(file));
  const cache = join(root, 'node_modules/.cache/pj-java', hash.digest('hex').slice(0, 16));
  const names = ['pj-api.jar', 'jvm-host.jar', 'own-jvm.jar'];
  const target = join(out, 'java');
  if (!names.every((name) => existsSync(join(cache, name)))) {
    const jdk = findJdk();
    if (jdk === undefined) {
      console.error(
        'build: no JDK (javac) in JAVA_HOME or PATH: host JVMs are left out. apt-get install openjdk-17-jdk-headless',
      );
      return;
    }
    const work = `${cache}.${process.pid}`;
    rmSync(work, { recursive: true, force: true });
    const [apiClasses, hostClasses, ownClasses] = [join(work, 'api'), join(work, 'host'), join(work, 'own')];
    for (const dir of [apiClasses, hostClasses, ownClasses]) mkdirSync(dir, { recursive: true });
    const flags = ['--release', RELEASE, '-encoding', 'UTF-8', '-Xlint:all,-removal,-serial', '-Werror', '-proc:none'];
    try {
      await run(jdk.javac, [...flags, '-d', apiClasses, ...api]);
      await run(jdk.javac, [...flags, '-cp', apiClasses, '-d', hostClasses, ...host]);
      // Newer compilers warn of so old a target.
      const old = flags.map((flag) => (flag === RELEASE ? OWN_RELEASE : flag));
      await run(jdk.javac, [...old, '-Xlint:-options', '-d', ownClasses, ...own]);
      writeFileSync(join(work, 'own.mf'), 'Premain-Class: io.pj.own.Properties\n');
      mkdirSync(cache, { recursive: true });
      // One date for all entries: the same sources give the same bytes.
      const date = ['--date', '2026-01-01T00:00:00Z'];
      await run(jdk.jar, ['--create', ...date, '--file', join(work, 'pj-api.jar'), '-C', apiClasses, '.']);
      await run(jdk.jar, [
        ...['--create', ...date, '--file', join(work, 'jvm-host.jar'), '--main-class', 'io.pj.host.Main'],
        ...['-C', hostClasses, '.'],
      ]);
      await run(jdk.jar, [
        ...['--create', ...date, '--file', join(work, 'own-jvm.jar'), '--manifest', join(work, 'own.mf')],
        ...['-C', ownClasses, '.'],
      ]);
      for (const name of names) writeFileSync(join(cache, name), readFileSync(join(work, name)));
    } catch (error) {
      const { stderr, message } = error as { stderr?: string; message: string };
      throw new Error(`java-host could not be built:\n${stderr || message}`, { cause: error });
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
  mkdirSync(target, { recursive: true });
  for (const name of names) writeFileSync(join(target, name), readFileSync(join(cache, name)));
}
