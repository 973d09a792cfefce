import { randomInt } from 'node:crypto';
import { PjError } from '../../../errors.ts';
import { isObject, type Json, type JsonObject } from '../../../model/json.ts';
import type { GuestAgent } from '../guest/agent.ts';
import { openLines, parsedLine } from './line-socket.ts';

/** What becomes of the byte 0xff, which stands before the answer to `guest-sync-delimited` and before no other. */
const DELIMITER = '\u{fffd}';

/** The guest agent behind a unix socket of QEMU's, which takes one connection at a time: each question has its own, for a short time. */
export function guestAgentAt(path: string, id: string): GuestAgent {
  return {
    id,
    async ask(command, args, { timeoutMs, signal }) {
      try {
        return await question(path, { command, args, timeoutMs, signal });
      } catch (error) {
        signal.throwIfAborted();
        const reason = error instanceof Error ? error.message : String(error);
        throw new PjError('PJ5509', { id, reason }, { cause: error });
      }
    },
  };
}

interface Question {
  command: string;
  args: JsonObject;
  timeoutMs: number;
  signal: AbortSignal;
}

/** What an agent that was asked earlier may still have to say is read over: only what comes after the answer to the sync counts. */
async function question(path: string, { command, args, timeoutMs, signal }: Question): Promise<Json> {
  const sync = randomInt(1, 2 ** 31);
  let settle: (answer: JsonObject | Error) => void = () => undefined;
  const answered = new Promise<JsonObject | Error>((resolve) => {
    settle = resolve;
  });
  let synced = false;
  const take = (line: string): void => {
    const at = line.lastIndexOf(DELIMITER);
    const message = parsedLine(at < 0 ? line : line.slice(at + 1));
    if (message === undefined) return;
    if (synced) settle(message);
    else if (message['return'] === sync) {
      synced = true;
      lines.send(`${JSON.stringify({ execute: command, arguments: args })}\n`);
    }
  };
  const lines = await openLines(path, { take, ended: (reason) => settle(new Error(reason)) }, timeoutMs);
  const timer = setTimeout(() => settle(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
  const stop = (): void => settle(new Error('given up'));
  signal.addEventListener('abort', stop, { once: true });
  try {
    // The byte 0xff makes the agent forget half a question that somebody before left.
    const greeting = `${JSON.stringify({ execute: 'guest-sync-delimited', arguments: { id: sync } })}\n`;
    lines.send(Buffer.concat([Buffer.from([0xff]), Buffer.from(greeting)]));
    const answer = await answered;
    if (answer instanceof Error) throw answer;
    if (isObject(answer['error'])) throw new Error(`it refused ${command}: ${String(answer['error']['desc'])}`);
    return answer['return'] ?? null;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    lines.close();
  }
}
