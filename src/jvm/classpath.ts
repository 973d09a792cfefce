import { createHash } from 'node:crypto';
import { readdirSync, type Stats, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JavaSpec } from '../model/java-spec.ts';
import { ZipFault } from '../os/zip-entry.ts';
import { classFeature, type Manifest, manifestOf } from './jar.ts';

/** An entry of a class path as it was told, which is not to be had. */
export type ClassPathFault = { entry: string; reason: string };

export type ClassPath = {
  /** Absolute paths of jars and folders in order, none of them twice. */
  entries: string[];
  faults: ClassPathFault[];
  /** What `java.mainClass` says, else the manifest of `java.jar`. */
  mainClass?: string;
};

/**
 * The class path that a spec tells, as a JVM would have it: the jar first, `DIR/*` as the jars in that folder, what the manifests of jars add after
 * the jar that names it, where it is there. Paths are relative to `dir`.
 */
export function classPathOf(spec: Pick<JavaSpec, 'jar' | 'classpath' | 'mainClass'>, dir: string): ClassPath {
  const entries = new Set<string>();
  const faults: ClassPathFault[] = [];
  let { mainClass } = spec;
  const add = (path: string): void => {
    if (entries.has(path)) return;
    entries.add(path);
    const named = manifestAt(path)?.classPath ?? [];
    for (const word of named) {
      const other = pathOf(word, dirname(path));
      if (typeof other === 'string' && kindOf(other) !== undefined && !isBroken(other)) add(other);
    }
  };
  for (const entry of [...(spec.jar === undefined ? [] : [spec.jar]), ...(spec.classpath ?? [])]) {
    const found = expand(entry, dir);
    if (Array.isArray(found)) for (const path of found) add(path);
    else faults.push({ entry, reason: found.reason });
  }
  if (spec.jar !== undefined && mainClass === undefined && faults[0]?.entry !== spec.jar) {
    mainClass = manifestAt(String(pathOf(spec.jar, dir)))?.mainClass;
    if (mainClass === undefined)
      faults.push({ entry: spec.jar, reason: `the manifest of ${spec.jar} names no Main-Class` });
  }
  return { entries: [...entries], faults, ...(mainClass === undefined ? {} : { mainClass }) };
}

/** The Java that a class needs; undefined where no entry of the class path has it. */
export function featureOfClass(entries: readonly string[], className: string): number | undefined {
  for (const entry of entries) {
    const kind = kindOf(entry);
    if (kind === undefined) continue;
    const feature = classFeature(entry, kind === 'folder', className);
    if (feature !== undefined) return feature;
  }
  return undefined;
}

/** Files below a folder of classes that are looked at; a folder with more is told from another by these. */
const MOST_FILES = 20_000;

/**
 * Tells one content of a class path from another, by every file's device, inode, size and time of change; those below folders too. 24 hex digits. Where
 * a project itself is an entry, only its classes count: state, logs and what its applications write change all the time.
 */
export function stampOfClassPath(entries: readonly string[]): string {
  const hash = createHash('sha256');
  let left = MOST_FILES;
  const take = (path: string, classesOnly: boolean): void => {
    let stat: Stats | undefined;
    try {
      stat = statSync(path);
    } catch {
      // What is gone is another content too.
    }
    if (stat === undefined) {
      if (!classesOnly) hash.update(`${path}\0-\n`);
      return;
    }
    if (!stat.isDirectory()) {
      if (!classesOnly || path.endsWith('.class'))
        hash.update(`${path}\0${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeMs}\n`);
      return;
    }
    const names = readdirSync(path).sort();
    const inProject = classesOnly || names.includes(OWN_FOLDER);
    if (!inProject) hash.update(`${path}/\n`);
    for (const name of names) if (name !== OWN_FOLDER && left-- > 0) take(join(path, name), inProject);
  };
  for (const entry of entries) take(entry, false);
  return hash.digest('hex').slice(0, 24);
}

/** What a project keeps for itself. */
const OWN_FOLDER = '.pj';

/** Absolute paths that an entry means, or why it means none. */
function expand(entry: string, dir: string): string[] | { reason: string } {
  const path = pathOf(entry, dir);
  if (typeof path !== 'string') return path;
  if (path.endsWith('/*')) return jarsIn(path.slice(0, -2), entry);
  const kind = kindOf(path);
  if (kind === undefined) return { reason: `${path} is not there` };
  if (kind === 'folder') return [path];
  const broken = isBroken(path);
  return broken === undefined ? [path] : { reason: `${path} is no jar: ${broken}` };
}

/** In order of their names: the JVM gives no order of its own. */
function jarsIn(folder: string, entry: string): string[] | { reason: string } {
  if (kindOf(folder) !== 'folder') return { reason: `the folder ${folder} of ${entry} is not there` };
  const jars = readdirSync(folder)
    .filter((name) => /\.jar$/i.test(name))
    .sort()
    .map((name) => join(folder, name));
  const broken = jars.flatMap((path) => {
    const why = isBroken(path);
    return why === undefined ? [] : [`${path} is no jar: ${why}`];
  });
  if (broken[0] !== undefined) return { reason: broken[0] };
  return jars.length > 0 ? jars : { reason: `there is no jar in ${folder}` };
}

/** A `file:` URL, absolute or not, or a path. */
function pathOf(entry: string, dir: string): string | { reason: string } {
  if (!/^[a-z][a-z+.-]+:/i.test(entry)) return resolve(dir, entry);
  if (!/^file:/i.test(entry)) return { reason: `${entry} is no file: URL, and nothing else is loaded from` };
  try {
    if (/^file:\//i.test(entry)) return trimmed(fileURLToPath(entry));
    return resolve(dir, decodeURIComponent(entry.slice('file:'.length)));
  } catch {
    return { reason: `${entry} is a URL of no file of this host` };
  }
}

const trimmed = (path: string): string => resolve(path);

function kindOf(path: string): 'file' | 'folder' | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? undefined : stat.isDirectory() ? 'folder' : 'file';
}

/** Jars that were read, by path: they are read again when they have changed. */
const read = new Map<string, { stamp: string; manifest: Manifest | undefined; broken: string | undefined }>();

function lookInto(path: string): { manifest: Manifest | undefined; broken: string | undefined } {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || stat.isDirectory()) return { manifest: undefined, broken: undefined };
  const stamp = `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeMs}`;
  const known = read.get(path);
  if (known?.stamp === stamp) return known;
  let manifest: Manifest | undefined;
  let broken: string | undefined;
  try {
    manifest = manifestOf(path);
  } catch (error) {
    broken = error instanceof ZipFault ? error.message : `it cannot be read (${(error as NodeJS.ErrnoException).code})`;
  }
  const now = { stamp, manifest, broken };
  read.set(path, now);
  return now;
}

const manifestAt = (path: string): Manifest | undefined => lookInto(path).manifest;
const isBroken = (path: string): string | undefined => lookInto(path).broken;
