import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readZipEntry, verifyZip, ZipFault } from '../../src/os/zip-entry.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'pj-zip-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** A zip with these entries, written by Python: another hand than the reader's. */
function zip(name: string, script: string): string {
  const path = join(dir, name);
  execFileSync('python3', [
    '-c',
    `import zipfile,sys\nz=zipfile.ZipFile(sys.argv[1],'w',zipfile.ZIP_DEFLATED)\n${script}\nz.close()`,
    path,
  ]);
  return path;
}

describe('one entry of a zip', () => {
  it('is read, packed or not, by its exact name', () => {
    const path = zip(
      'a.jar',
      `z.writestr('META-INF/MANIFEST.MF','hello '*1000)\nz.writestr('plain','as it is',zipfile.ZIP_STORED)\nz.writestr('ü/ö','umlauts')\nz.comment=b'a comment PK\\x05\\x06 with the very mark in it'`,
    );
    expect(readZipEntry(path, 'META-INF/MANIFEST.MF')?.toString()).toBe('hello '.repeat(1000));
    expect(readZipEntry(path, 'plain')?.toString()).toBe('as it is');
    expect(readZipEntry(path, 'ü/ö')?.toString()).toBe('umlauts');
    expect(readZipEntry(path, 'META-INF/MANIFEST.M')).toBeUndefined();
    expect(() => readZipEntry(path, 'META-INF/MANIFEST.MF', 100)).toThrow(ZipFault);
  });

  it('is found behind the script of an executable jar, and in a zip of more than 65535 entries', () => {
    const path = join(dir, 'exec.jar');
    execFileSync('sh', [
      '-c',
      `printf '#!/bin/sh\\nexec java -jar "$0"\\n' > "$1"; cat "$2" >> "$1"`,
      'sh',
      path,
      zip('inner.jar', `z.writestr('x','behind a script')`),
    ]);
    expect(readZipEntry(path, 'x')?.toString()).toBe('behind a script');
    const many = zip(
      'many.jar',
      `[z.writestr('e%d'%i,'',zipfile.ZIP_STORED) for i in range(66000)]\nz.writestr('last','of all')`,
    );
    expect(readZipEntry(many, 'last')?.toString()).toBe('of all');
  });

  it('of what is no zip, or is damaged, says so', () => {
    const text = join(dir, 'text.jar');
    writeFileSync(text, 'no zip at all '.repeat(100));
    expect(() => verifyZip(text)).toThrow('it is no zip file');
    const empty = join(dir, 'empty.jar');
    writeFileSync(empty, '');
    expect(() => verifyZip(empty)).toThrow(ZipFault);
    const half = join(dir, 'half.jar');
    const whole = made('x', 'y'.repeat(5000));
    writeFileSync(half, whole.subarray(20));
    expect(() => readZipEntry(half, 'x')).toThrow(ZipFault);
    const wrong = Buffer.from(whole);
    wrong.fill(0xff, 31, 35);
    const damaged = join(dir, 'damaged.jar');
    writeFileSync(damaged, wrong);
    expect(() => readZipEntry(damaged, 'x')).toThrow('its entry x is damaged');
    expect(() => readZipEntry(join(dir, 'not there'), 'x')).toThrow(/ENOENT/);
  });
});

/** A zip of one entry, byte by byte. */
function made(name: string, text: string): Buffer {
  const data = deflateRawSync(text);
  const shared = Buffer.alloc(26);
  shared.writeUInt16LE(20, 0);
  shared.writeUInt16LE(8, 4);
  shared.writeUInt32LE(crc32(text), 10);
  shared.writeUInt32LE(data.length, 14);
  shared.writeUInt32LE(text.length, 18);
  shared.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), shared, Buffer.from(name), data]);
  const central = Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), shared, Buffer.alloc(14), Buffer.from(name)]);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}
