import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { classPathOf, featureOfClass, stampOfClassPath } from '../../src/jvm/classpath.ts';
import { parseManifest } from '../../src/jvm/jar.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'pj-cp-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A jar with a manifest and files, by another hand than the reader's. */
function jar(path: string, manifest = '', files: Record<string, string> = {}): string {
  const to = join(dir, path);
  mkdirSync(join(to, '..'), { recursive: true });
  const script = `import zipfile,sys,json
z=zipfile.ZipFile(sys.argv[1],'w',zipfile.ZIP_DEFLATED)
for k,v in json.loads(sys.argv[2]).items(): z.writestr(k,bytes.fromhex(v))
z.close()`;
  const entries = {
    'META-INF/MANIFEST.MF': Buffer.from(`Manifest-Version: 1.0\r\n${manifest}\r\n`).toString('hex'),
    ...files,
  };
  execFileSync('python3', ['-c', script, to, JSON.stringify(entries)]);
  return to;
}

/** The first bytes of a class that was compiled for a Java. */
const classFor = (feature: number): string => `cafebabe0000${(44 + feature).toString(16).padStart(4, '0')}0000`;

describe('the class path of an application', () => {
  it('is absolute, without doubles, with DIR/* as the jars in it and file: URLs as paths', () => {
    mkdirSync(join(dir, 'classes'));
    const a = jar('lib/a.jar');
    const b = jar('lib/b.JAR');
    writeFileSync(join(dir, 'lib/notes.txt'), '');
    const spaced = jar('with space/c.jar');
    const { entries, faults } = classPathOf(
      {
        mainClass: 'x.Y',
        classpath: [
          'classes',
          'lib/*',
          'lib/a.jar',
          pathToFileURL(spaced).href,
          'file:with%20space/c.jar',
          'file:./classes/',
        ],
      },
      dir,
    );
    expect(faults).toEqual([]);
    expect(entries).toEqual([join(dir, 'classes'), a, b, spaced]);
  });

  it('takes main class and class path from the manifest of a jar, of the jars that it names too, as far as they are there', () => {
    const deep = jar('lib/deep.jar');
    const lib = jar('lib/lib.jar', 'Class-Path: deep.jar not-there.jar');
    const long = `Class-Path: ${'lib/lib.jar '.repeat(8)}`.trim();
    const folded = `${long.slice(0, 70)}\r\n ${long.slice(70)}\r\n`;
    const app = jar('app.jar', `main-class: org.example.Main\r\n${folded}`);
    expect(classPathOf({ jar: 'app.jar' }, dir)).toEqual({
      entries: [app, lib, deep],
      faults: [],
      mainClass: 'org.example.Main',
    });
    expect(classPathOf({ jar: 'app.jar', mainClass: 'other.Main' }, dir).mainClass).toBe('other.Main');
  });

  it('goes round in no circle of manifests', () => {
    const a = jar('a.jar', 'Class-Path: b.jar');
    const b = jar('b.jar', 'Class-Path: a.jar b.jar');
    expect(classPathOf({ mainClass: 'x', classpath: ['a.jar'] }, dir).entries).toEqual([a, b]);
  });

  it('says of every entry that is not to be had why', () => {
    writeFileSync(join(dir, 'broken.jar'), 'this is no jar');
    mkdirSync(join(dir, 'empty'));
    jar('quiet.jar');
    const told = classPathOf(
      {
        classpath: [
          'gone.jar',
          'broken.jar',
          'empty/*',
          'nowhere/*',
          'http://example.com/x.jar',
          'file://elsewhere/x.jar',
        ],
      },
      dir,
    );
    expect(told.faults.map(({ reason }) => reason.replaceAll(dir, ''))).toEqual([
      '/gone.jar is not there',
      '/broken.jar is no jar: it is no zip file',
      'there is no jar in /empty',
      'the folder /nowhere of nowhere/* is not there',
      'http://example.com/x.jar is no file: URL, and nothing else is loaded from',
      'file://elsewhere/x.jar is a URL of no file of this host',
    ]);
    const quiet = classPathOf({ jar: 'quiet.jar' }, dir);
    expect(quiet.faults[0]?.reason).toBe('the manifest of quiet.jar names no Main-Class');
  });

  it('has another stamp whenever a file of it changes, comes or goes, in folders too', () => {
    jar('lib/a.jar');
    mkdirSync(join(dir, 'classes/org/x'), { recursive: true });
    writeFileSync(join(dir, 'classes/org/x/A.class'), 'one');
    const stamp = () => stampOfClassPath(classPathOf({ classpath: ['lib/*', 'classes'] }, dir).entries);
    const seen = [stamp()];
    expect(stamp()).toBe(seen[0]);
    const steps = [
      () => writeFileSync(join(dir, 'classes/org/x/A.class'), 'other'),
      () => writeFileSync(join(dir, 'classes/org/x/B.class'), 'new'),
      () => utimesSync(join(dir, 'lib/a.jar'), 1, 1),
      () => void jar('lib/b.jar'),
      () => rmSync(join(dir, 'classes/org/x/A.class')),
    ];
    for (const step of steps) {
      step();
      const now = stamp();
      expect(seen).not.toContain(now);
      seen.push(now);
    }
  });

  it('tells the Java that a class was compiled for, from folders and jars', () => {
    const app = jar('a.jar', '', { 'org/x/New.class': classFor(25), 'org/x/Old.class': classFor(8) });
    mkdirSync(join(dir, 'classes/org/x'), { recursive: true });
    writeFileSync(join(dir, 'classes/org/x/Mine.class'), Buffer.from(classFor(17), 'hex'));
    const entries = [join(dir, 'classes'), app];
    expect(['org.x.New', 'org.x.Old', 'org.x.Mine', 'org.x.None'].map((name) => featureOfClass(entries, name))).toEqual(
      [25, 8, 17, undefined],
    );
  });
});

describe('a manifest', () => {
  it('is read in its main section only, lines folded in the middle of a character', () => {
    const name = 'org.exämple.Main';
    const bytes = Buffer.from(`Main-Class: ${name}`);
    const at = bytes.indexOf(0xc3) + 1;
    const folded = Buffer.concat([bytes.subarray(0, at), Buffer.from('\r\n '), bytes.subarray(at)]);
    const text = Buffer.concat([
      Buffer.from('Manifest-Version: 1.0\n'),
      folded,
      Buffer.from('\n\nName: x\nClass-Path: y\n'),
    ]);
    expect(parseManifest(text)).toEqual({ mainClass: name, classPath: [] });
    expect(parseManifest(Buffer.from(''))).toEqual({ classPath: [] });
  });
});
