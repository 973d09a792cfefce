import { accessSync, constants, readFileSync, realpathSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { errno } from './kernel-file.ts';

/** Programs of the operating system that pj uses where they are there. */
export type ToolName = 'sh' | 'env' | 'setpriv' | 'prlimit' | 'bwrap' | 'unshare' | 'fallocate' | 'flock';
/** Absolute paths of those that are there. */
export type Tools = { [T in ToolName]?: string };

/** The Debian package of each. */
export const TOOL_PACKAGE: Record<ToolName, string> = {
  sh: 'dash',
  env: 'coreutils',
  setpriv: 'util-linux',
  prlimit: 'util-linux',
  unshare: 'util-linux',
  fallocate: 'util-linux',
  flock: 'util-linux',
  bwrap: 'bubblewrap',
};

const STANDARD_FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** Looks for the tools in `path` (default: PATH) and then in the standard folders, which a user's PATH may lack. */
export function findTools(path: string = process.env['PATH'] ?? ''): Tools {
  const folders = [...new Set([...absoluteFolders(path), ...STANDARD_FOLDERS])];
  const tools: Tools = {};
  for (const name of Object.keys(TOOL_PACKAGE) as ToolName[]) {
    const found = name === 'sh' && isProgram('/bin/sh') ? '/bin/sh' : folders.map((f) => join(f, name)).find(isProgram);
    if (found !== undefined) tools[name] = found;
  }
  return tools;
}

export type ResolvedCommand = { path: string; reason?: undefined } | { path?: undefined; reason: string };

/**
 * The program that a command means: an absolute path, one relative to `cwd` when there is a slash in it, else the first in the
 * folders of `path` that may be run. Gives the reason where there is none, that of a script whose interpreter is missing too.
 */
export function resolveCommand(command: string, { cwd, path }: { cwd: string; path: string }): ResolvedCommand {
  if (command === '') return { reason: 'the command is empty' };
  if (command.includes('\0')) return { reason: 'the command holds a NUL character' };
  if (command.includes('/')) return check(isAbsolute(command) ? command : resolve(cwd, command));
  const folders = path.split(delimiter).map((folder) => resolve(cwd, folder === '' ? '.' : folder));
  let reason: string | undefined;
  for (const folder of folders) {
    const found = check(join(folder, command));
    if (found.path !== undefined) return found;
    if (!found.reason.endsWith('is not there')) reason ??= found.reason;
  }
  return { reason: reason ?? `${command} is in none of the folders of PATH (${path})` };
}

function check(file: string): ResolvedCommand {
  try {
    if (statSync(file).isDirectory()) return { reason: `${file} is a directory` };
    accessSync(file, constants.X_OK);
  } catch (thrown) {
    const code = errno(thrown);
    if (code === 'ENOENT' || code === 'ENOTDIR') return { reason: `${file} is not there` };
    if (code === 'ELOOP') return { reason: `${file} is a link that leads in a circle` };
    if (code === 'ENAMETOOLONG') return { reason: `${file} is too long a path` };
    if (code === 'EACCES')
      return { reason: `${file} may not be executed (chmod +x, or its folder is closed to this user)` };
    throw thrown;
  }
  const interpreter = interpreterOf(file);
  if (interpreter !== undefined && !isProgram(interpreter)) {
    return { reason: `${file} is a script for ${interpreter}, which is not there` };
  }
  return { path: file };
}

/** The program in a script's first line, if it is one and may be read. */
function interpreterOf(file: string): string | undefined {
  let head: Buffer;
  try {
    if (!statSync(realpathSync(file)).isFile() || statSync(file).size > 1 << 20) return undefined;
    head = readFileSync(file).subarray(0, 256);
  } catch {
    // Execute permission without read permission is fine.
    return undefined;
  }
  const match = /^#![ \t]*(\S+)/.exec(head.toString('latin1'));
  return match?.[1];
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

const absoluteFolders = (path: string): string[] => path.split(delimiter).filter((folder) => isAbsolute(folder));
