import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** Kept in the environment of the agent's entry of a host JVM: the path of its socket, whatever environment it was started in. */
export const SOCKET_VARIABLE = 'PJ_JVM_SOCKET';

/** What comes behind the runtime directory of a project, for its own choice: the kernel takes 107 bytes for the path of a socket. */
export const SOCKET_ROOM = '/jvm-01234567/host'.length;

/** Where the socket of a host JVM is to be: below the runtime directory of its project, in a folder of its own. `host`: the id of its workload. */
export function socketFor(runtimeDir: string, host: string): string {
  const short = createHash('sha256').update(host).digest('hex').slice(0, 8);
  return join(runtimeDir, `jvm-${short}`, 'host');
}
