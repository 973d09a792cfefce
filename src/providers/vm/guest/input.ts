import { on } from 'node:events';
import { PjError } from '../../../errors.ts';
import type { ExecStreams } from '../../contract.ts';
import type { GuestAgent } from './agent.ts';

/** What fits into one call of the agent, base64 and the command beside it, where it is handed on as one argument. Bytes. */
const LONGEST_INPUT = 64 * 1024;
/** Whoever waits for an input that does not end is told after that. Milliseconds. */
const TELL_AFTER = 3000;

/** The whole input of a command; undefined where there is none, or somebody sits at a terminal. Throws PJ5505 where it is too long. */
export async function readInput(
  { id }: GuestAgent,
  { stdin, stderr }: ExecStreams,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  if (stdin === undefined || isTrue(stdin, 'isTTY') || isTrue(stdin, 'readableEnded')) return undefined;
  const late = setTimeout(
    () => stderr.write('pj waits for the end of its input: the guest agent takes it whole (`</dev/null` gives none)\n'),
    TELL_AFTER,
  );
  const pieces: Buffer[] = [];
  try {
    let length = 0;
    for await (const [piece] of on(stdin, 'data', { signal, close: ['end', 'close'] }) as AsyncIterable<[string]>) {
      pieces.push(Buffer.from(piece));
      length += pieces.at(-1)?.length ?? 0;
      if (length <= LONGEST_INPUT) continue;
      const reason = `its input is longer than ${LONGEST_INPUT / 1024} KiB`;
      throw new PjError('PJ5505', { runtime: 'the guest agent', action: 'run a command in', id, reason });
    }
  } finally {
    clearTimeout(late);
    stdin.pause();
  }
  return pieces.length === 0 ? undefined : Buffer.concat(pieces);
}

const isTrue = (stream: object, key: string): boolean => Reflect.get(stream, key) === true;
