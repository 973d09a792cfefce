import { dirname, join } from 'node:path';
import { runtimeDir } from '../../../agent/runtime-dir.ts';

/** What is there of a machine while it runs; below the runtime directory of the project's agent, for its owner alone. */
export interface Sockets {
  dir: string;
  qmp: string;
  guest: string;
  serial: string;
}

/** Kept in the environment of the agent's entry: where the machine's sockets are, whatever environment it was started in, and its folder in the project. */
export const DIR_VARIABLE = 'PJ_VM_DIR';
export const FOLDER_VARIABLE = 'PJ_VM_FOLDER';

export const socketsIn = (dir: string): Sockets => ({
  dir,
  qmp: join(dir, 'qmp'),
  guest: join(dir, 'guest'),
  serial: join(dir, 'serial'),
});

/** Where a machine's sockets are to be. The names are short: the kernel takes 107 bytes for the path of a socket. */
export function socketsFor(project: string, folder: string, env: Record<string, string | undefined>): Sockets {
  const { dir } = runtimeDir(project, env, process.geteuid?.() ?? 0, SOCKET_ROOM);
  return socketsIn(join(dir, `vm-${folder.slice(0, 8)}`));
}

/** What comes behind the runtime directory. */
const SOCKET_ROOM = '/vm-01234567/serial'.length;

/** The runtime directory of the project that a machine's own is in. */
export const aboveOf = ({ dir }: Sockets): string => dirname(dir);
