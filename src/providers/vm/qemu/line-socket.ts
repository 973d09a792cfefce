import { connect, type Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import { isObject, type JsonObject } from '../../../model/json.ts';

/** An answer longer than this is none of QEMU's. Characters. */
const MAX_LINE = 16 << 20;

/** A unix socket over which one JSON object a line goes in both directions. */
export interface LineSocket {
  send(text: string | Buffer): void;
  close(): void;
}

/** Connects. `take` gets every line, `ended` is called once when the connection has gone, with the reason. Rejects where nobody listens within the time. */
export async function openLines(
  path: string,
  on: { take(line: string): void; ended(reason: string): void },
  timeoutMs: number,
): Promise<LineSocket> {
  const socket = await connected(path, timeoutMs);
  const decoder = new StringDecoder('utf8');
  let rest = '';
  socket.on('data', (chunk) => {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') on.take(line);
    if (rest.length > MAX_LINE) socket.destroy(new Error('an answer is too long'));
  });
  let reason = 'the connection was closed';
  socket.on('error', (error) => {
    reason = error.message;
  });
  socket.once('close', () => on.ended(reason));
  return {
    send: (text) => void socket.write(text),
    close: () => void socket.destroy(),
  };
}

/** A connection to a unix socket. Rejects where nobody listens within the time. */
export function connected(path: string, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const timer = setTimeout(
      () => void socket.destroy(new Error(`nobody answered within ${timeoutMs / 1000} s`)),
      timeoutMs,
    );
    socket.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}

/** An object in JSON; undefined for any other line: the rest of an answer to somebody else, or one that is torn. */
export function parsedLine(line: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
