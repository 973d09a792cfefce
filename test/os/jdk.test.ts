import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { featureOf, findJava, satisfies } from '../../src/os/jdk.ts';

let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'pj-jdk-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A home whose program says what `script` makes it say. */
function jdk(name: string, release: string | undefined, script = 'exit 9'): string {
  const home = join(folder, name);
  mkdirSync(join(home, 'bin'), { recursive: true });
  writeFileSync(join(home, 'bin', 'java'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(home, 'bin', 'java'), 0o755);
  if (release !== undefined) writeFileSync(join(home, 'release'), release);
  return home;
}

const RELEASE_17 = 'IMPLEMENTOR="Debian"\nJAVA_RUNTIME_VERSION="17.0.15+6"\nJAVA_VERSION="17.0.15"\nOS_NAME="Linux"\n';

describe('findJava', () => {
  it('takes the home that is named, then JAVA_HOME, then PATH with its links resolved', () => {
    const [a, b, c] = [jdk('a', RELEASE_17), jdk('b', 'JAVA_VERSION="21"\n'), jdk('c', 'JAVA_VERSION="1.8.0_392"\r\n')];
    mkdirSync(join(folder, 'links'));
    symlinkSync(join(c, 'bin', 'java'), join(folder, 'links', 'java'));
    const env = { JAVA_HOME: b, PATH: join(folder, 'links') };
    expect(findJava('a', { env, dir: folder })).toEqual({
      command: join(a, 'bin', 'java'),
      home: a,
      feature: 17,
      version: '17.0.15',
      vendor: 'Debian',
    });
    expect(findJava(undefined, { env, dir: folder })).toMatchObject({ home: b, feature: 21, vendor: '' });
    const path = { ...env, JAVA_HOME: '' };
    expect(findJava(undefined, { env: path, dir: folder })).toMatchObject({
      home: c,
      feature: 8,
      version: '1.8.0_392',
    });
  });

  it('finds the release of a JDK 8, which is above its JRE', () => {
    const home = jdk('eight/jre', undefined);
    writeFileSync(join(folder, 'eight', 'release'), 'JAVA_VERSION="1.8.0_412"\n');
    expect(findJava(home, { env: {}, dir: folder })).toMatchObject({ home: join(folder, 'eight'), feature: 8 });
  });

  it('asks the program itself where no release tells', () => {
    const says = `cat >&2 <<'END'
Property settings:
    java.home = /opt/java
    java.vendor = Somebody
    java.version = 19.0.2
openjdk version "19.0.2"
END`;
    const home = jdk('wrapper', undefined, says);
    expect(findJava(home, { env: {}, dir: folder })).toEqual({
      command: join(home, 'bin', 'java'),
      home: '/opt/java',
      feature: 19,
      version: '19.0.2',
      vendor: 'Somebody',
    });
  });

  it('says why there is none', () => {
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    const find = (home: string | undefined, env = {}) => findJava(home, { env, dir: folder }).reason;
    expect(find('nowhere')).toBe(`its home is ${folder}/nowhere, which is no folder`);
    expect(find(undefined, { JAVA_HOME: empty })).toBe(`JAVA_HOME is ${empty}, but ${empty}/bin/java is not there`);
    expect(find(undefined, { PATH: empty })).toMatch(/^JAVA_HOME is not set, and java is in none of the folders/);
    const broken = jdk('broken', 'JAVA_VERSION="?"', 'echo "Error: could not find libjava.so" >&2; exit 2');
    expect(find(broken)).toBe(`${broken}/bin/java does not tell its version: Error: could not find libjava.so`);
  });

  it('finds a real one where there is one', ({ skip }) => {
    const found = findJava(undefined, { env: process.env, dir: folder });
    if (found.reason !== undefined) return skip(found.reason);
    expect(found.feature).toBeGreaterThanOrEqual(8);
    expect(found.command.startsWith(found.home)).toBe(true);
  });
});

describe('versions', () => {
  it('compares major versions', () => {
    const table: [number, string, boolean | undefined][] = [
      [17, '17', true],
      [18, '17', false],
      [17, '>=17', true],
      [16, '>= 17', false],
      [21, '<21', false],
      [20, '<21', true],
      [21, '<=21', true],
      [21, '>21', false],
      [22, '>21', true],
      [8, '1.8', true],
      [17, '17.0.15', true],
      [17, 'latest', undefined],
      [17, '', undefined],
    ];
    for (const [feature, wanted, expected] of table)
      expect([feature, wanted, satisfies(feature, wanted)]).toEqual([feature, wanted, expected]);
  });

  it('reads both ways of writing them', () => {
    expect(['17.0.15', '25', '25-ea', '1.8.0_392', '9.0.4', 'x'].map(featureOf)).toEqual([17, 25, 25, 8, 9, undefined]);
  });
});
