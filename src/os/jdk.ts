import { spawnSync } from 'node:child_process';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { resolveCommand } from './tools.ts';

/** A Java that can be started. */
export type Jdk = {
  /** Absolute path of the program, links resolved. */
  command: string;
  /** Absolute path, links resolved. */
  home: string;
  /** 8, 17, 25. */
  feature: number;
  /** As it calls itself: `17.0.15`. */
  version: string;
  /** `Debian`, `Eclipse Adoptium`; empty where it says nothing. */
  vendor: string;
};

export type FoundJava = (Jdk & { reason?: undefined }) | { reason: string };

/** Longer than any JVM takes to tell its version. ms */
const DEADLINE = 20_000;

/**
 * The Java that is meant: that in `home` (relative to `dir`), else that of JAVA_HOME, else `java` in PATH; why there is none otherwise. A home that is
 * named and holds none is not passed over for the next. No JVM is started where its home has a `release` file, as every JDK since 8 has.
 */
export function findJava(
  home: string | undefined,
  { env, dir }: { env: Record<string, string | undefined>; dir: string },
): FoundJava {
  const told = home === undefined ? env['JAVA_HOME'] || undefined : home;
  if (told !== undefined) {
    const where = resolve(dir, told);
    const named = home === undefined ? `JAVA_HOME is ${where}` : `its home is ${where}`;
    if (!statSync(where, { throwIfNoEntry: false })?.isDirectory()) return { reason: `${named}, which is no folder` };
    const found = resolveCommand(join(where, 'bin', 'java'), { cwd: dir, path: '' });
    if (found.path === undefined) return { reason: `${named}, but ${found.reason}` };
    return describe(found.path);
  }
  const found = resolveCommand('java', { cwd: dir, path: env['PATH'] ?? '' });
  if (found.path === undefined) return { reason: `JAVA_HOME is not set, and ${found.reason}` };
  return describe(found.path);
}

/** Whether a major version is one that is wanted: `17` (exactly), `>=17`, `>17`, `<=21`, `<21`; `1.8` means 8. Undefined for what is no such condition. */
export function satisfies(feature: number, wanted: string): boolean | undefined {
  const match = /^\s*(>=|<=|>|<|=)?\s*(\d+(?:\.\d+)*)\s*$/.exec(wanted);
  const least = match === null ? undefined : featureOf(match[2] ?? '');
  if (match === null || least === undefined) return undefined;
  switch (match[1]) {
    case '>=':
      return feature >= least;
    case '>':
      return feature > least;
    case '<=':
      return feature <= least;
    case '<':
      return feature < least;
    default:
      return feature === least;
  }
}

/** The major version in one as Java writes them: `17.0.15` and `25-ea` by their first number, `1.8.0_392` by its second. */
export function featureOf(version: string): number | undefined {
  const match = /^(\d+)(?:\.(\d+))?/.exec(version);
  if (match === null) return undefined;
  const [first, second] = [Number(match[1]), Number(match[2])];
  return first === 1 && !Number.isNaN(second) ? second : first;
}

function describe(program: string): FoundJava {
  const command = realpathSync(program);
  const bin = dirname(command);
  const inside = basename(bin) === 'bin' ? dirname(bin) : undefined;
  // Up to 8 the program of a JDK is that of the JRE in it, which has no `release` of its own.
  const homes = inside === undefined ? [] : basename(inside) === 'jre' ? [inside, dirname(inside)] : [inside];
  for (const home of homes) {
    const release = readRelease(join(home, 'release'));
    const version = release.get('JAVA_VERSION');
    const feature = version === undefined ? undefined : featureOf(version);
    if (version === undefined || feature === undefined) continue;
    return { command, home, feature, version, vendor: release.get('IMPLEMENTOR') ?? '' };
  }
  return ask(command);
}

/** `NAME="value"` a line. */
function readRelease(file: string): Map<string, string> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return new Map();
  }
  return new Map([...text.matchAll(/^(\w+)="?(.*?)"?\s*$/gm)].map(([, name = '', value = '']) => [name, value]));
}

/** What the program itself says: a wrapper of a version manager, or a JVM without a `release`. */
function ask(command: string): FoundJava {
  const run = spawnSync(command, ['-XshowSettings:properties', '-version'], {
    encoding: 'utf8',
    timeout: DEADLINE,
    killSignal: 'SIGKILL',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said = new Map(
    [...(run.stderr ?? '').matchAll(/^\s+([\w.]+) = (.*)$/gm)].map(([, name = '', value = '']) => [name, value.trim()]),
  );
  const [home, version] = [said.get('java.home'), said.get('java.version')];
  const feature = version === undefined ? undefined : featureOf(version);
  if (run.status === 0 && home !== undefined && version !== undefined && feature !== undefined)
    return { command, home, feature, version, vendor: said.get('java.vendor') ?? '' };
  const line = (run.stderr ?? '').split('\n').find((one) => one.trim() !== '');
  return { reason: `${command} does not tell its version${line === undefined ? '' : `: ${line.trim()}`}` };
}
