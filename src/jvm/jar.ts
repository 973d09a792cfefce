import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readZipEntry } from '../os/zip-entry.ts';

/** What the manifest of a jar says that matters for starting it. */
export type Manifest = { mainClass?: string; classPath: string[] };

const MANIFEST = 'META-INF/MANIFEST.MF';

/** The manifest of a jar; one without says nothing. Throws ZipFault and the system's errors. */
export function manifestOf(jar: string): Manifest {
  const bytes = readZipEntry(jar, MANIFEST, 4 << 20);
  return bytes === undefined ? { classPath: [] } : parseManifest(bytes);
}

/** The main section of a manifest. A line goes on in the next one that begins with a space, in the middle of a character too. */
export function parseManifest(bytes: Buffer): Manifest {
  const whole = Buffer.from(bytes.toString('latin1').replaceAll(/\r\n?/g, '\n').replaceAll('\n ', ''), 'latin1');
  const manifest: Manifest = { classPath: [] };
  for (const line of whole.toString('utf8').replace(/^\n+/, '').split('\n')) {
    if (line === '') break;
    const [, name = '', value = ''] = /^([^:]+):(.*)$/.exec(line) ?? [];
    if (/^Main-Class$/i.test(name) && value.trim() !== '') manifest.mainClass = value.trim();
    if (/^Class-Path$/i.test(name)) manifest.classPath = value.split(/\s+/).filter((word) => word !== '');
  }
  return manifest;
}

/** The Java (8, 17, 25) that a class was compiled for at least; undefined where that entry of a class path does not have it. */
export function classFeature(entry: string, isFolder: boolean, className: string): number | undefined {
  const name = `${className.replaceAll('.', '/')}.class`;
  const bytes = isFolder ? readIfThere(join(entry, name)) : readZipEntry(entry, name);
  if (bytes === undefined || bytes.length < 8 || bytes.readUInt32BE(0) !== 0xcafebabe) return undefined;
  return bytes.readUInt16BE(6) - 44;
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
