import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findJava, type Jdk } from '../../../src/os/jdk.ts';

/** Every JDK of this host, oldest first: that of JAVA_HOME or PATH, and those where packages put them. */
export function jdks(): Jdk[] {
  const homes = existsSync('/usr/lib/jvm') ? readdirSync('/usr/lib/jvm').map((name) => join('/usr/lib/jvm', name)) : [];
  const found = [undefined, ...homes].flatMap((home) => {
    const java = findJava(home, { env: process.env, dir: '/' });
    return java.reason === undefined && existsSync(join(java.home, 'bin', 'javac')) ? [java] : [];
  });
  return [...new Map(found.map((one) => [one.home, one])).values()].sort((a, b) => a.feature - b.feature);
}

/** Compiles sources, by path such as `app/Main.java`, into a folder of classes. */
export function compile(jdk: Jdk, sources: Record<string, string>, out: string, release = 17): void {
  const work = mkdtempSync(join(tmpdir(), 'pj-javac-'));
  try {
    const files = Object.entries(sources).map(([name, text]) => {
      const file = join(work, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      return file;
    });
    mkdirSync(out, { recursive: true });
    const flags = ['--release', String(release), '-proc:none', '-d', out];
    execFileSync(join(jdk.home, 'bin', 'javac'), [...flags, ...files], { stdio: ['ignore', 'ignore', 'pipe'] });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Packs a folder of classes into a jar, with lines of its manifest. */
export function pack(jdk: Jdk, classes: string, jar: string, manifest: Record<string, string> = {}): void {
  mkdirSync(dirname(jar), { recursive: true });
  const text = Object.entries(manifest).map(([name, value]) => `${name}: ${value}\n`);
  const file = `${jar}.mf`;
  writeFileSync(file, text.join(''));
  try {
    execFileSync(join(jdk.home, 'bin', 'jar'), ['--create', '--file', jar, '--manifest', file, '-C', classes, '.']);
  } finally {
    rmSync(file);
  }
}
