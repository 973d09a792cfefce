import { once } from 'node:events';
import type { CallContext, ExecStreams } from '../../contract.ts';
import { connected } from './line-socket.ts';

/** Ctrl-], as virsh has it. */
const LEAVE = 0x1d;

/** Joins a terminal with a serial console until the user leaves it, or the machine ends. */
export async function joinConsole(
  path: string,
  { stdin, stdout }: ExecStreams,
  { signal }: CallContext,
): Promise<void> {
  const socket = await connected(path, 5_000);
  const type = (chunk: Buffer | string): void => {
    const bytes = Buffer.from(chunk);
    const at = bytes.indexOf(LEAVE);
    socket.write(at < 0 ? bytes : bytes.subarray(0, at));
    if (at >= 0) socket.end();
  };
  const leave = (): void => void socket.destroy();
  socket.on('data', (chunk) => void stdout.write(chunk));
  socket.on('error', () => undefined);
  stdin?.on('data', type);
  stdin?.once('end', leave);
  signal.addEventListener('abort', leave, { once: true });
  try {
    await once(socket, 'close');
  } finally {
    stdin?.removeListener('data', type);
    stdin?.removeListener('end', leave);
    signal.removeEventListener('abort', leave);
  }
}
