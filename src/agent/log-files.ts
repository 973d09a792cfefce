import { closeSync, constants, fchownSync, fstatSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where an instance's output goes; a file a stream, so that a line's stream is known. */
export function logFiles(project: string, id: string): { out: string; err: string } {
  const dir = join(project, '.pj', 'logs');
  return { out: join(dir, `${id}.out.log`), err: join(dir, `${id}.err.log`) };
}

/** The agent's own log. */
export function agentLog(project: string): string {
  return join(project, '.pj', 'logs', 'agent.log');
}

/**
 * Opens a log for appending, mode 0600: a process that has it open goes on writing whoever dies. `owner` gives the file to the user that the
 * process runs as, who may want to open /dev/stderr again.
 */
export function openLog(path: string, owner?: { uid: number; gid: number }): number {
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
  let fd: number;
  try {
    fd = openSync(path, flags, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    fd = openSync(path, flags, 0o600);
  }
  if (owner !== undefined && fstatSync(fd).uid !== owner.uid) {
    try {
      fchownSync(fd, owner.uid, owner.gid);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }
  return fd;
}
