import type { Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import { isObject, type JsonObject } from '../model/json.ts';

/** Writes one message as a line of JSON. False when the socket is gone. */
export function sendLine(socket: Socket, message: JsonObject): boolean {
  if (socket.destroyed || !socket.writable) return false;
  socket.write(`${JSON.stringify(message)}\n`);
  return true;
}

/** Calls `take` with every message that arrives. What is no JSON object, or has more than `longest` characters, ends the connection with an error. */
export function receiveLines(socket: Socket, take: (message: JsonObject) => void, longest: number): void {
  const decoder = new StringDecoder('utf8');
  let parts: string[] = [];
  let length = 0;
  socket.on('data', (chunk) => {
    const lines = decoder.write(chunk).split('\n');
    const rest = lines.pop() ?? '';
    for (const line of lines) {
      parts.push(line);
      const text = parts.join('');
      parts = [];
      length = 0;
      let message: unknown;
      try {
        message = JSON.parse(text);
      } catch {
        return void socket.destroy(new Error('a message is not JSON'));
      }
      if (!isObject(message)) return void socket.destroy(new Error('a message is not an object'));
      take(message);
    }
    parts.push(rest);
    length += rest.length;
    if (length > longest) socket.destroy(new Error('a message is too long'));
  });
}
