import { setTimeout as pause } from 'node:timers/promises';
import { PjError } from '../../../errors.ts';
import { isObject, type Json, type JsonObject } from '../../../model/json.ts';
import type { CallContext, ExecStreams } from '../../contract.ts';
import { ASK_MS, type GuestAgent } from './agent.ts';
import { readInput } from './input.ts';

/** The first look comes quickly; one that takes long is looked at once a second. Milliseconds. */
const FIRST_PAUSE = 10;
const LONGEST_PAUSE = 1000;

/** What a command in the guest came to. */
interface Ended {
  code: number;
  stdout: Buffer;
  stderr: Buffer;
}

/**
 * Runs a command in the guest and gives its exit code, or 128 and the number of the signal that ended it. The agent gives the output when the command
 * has ended, and takes the input whole before it starts. Throws PJ5502 where somebody insists on a terminal: the agent has none.
 */
export async function guestExec(
  agent: GuestAgent,
  argv: readonly string[],
  streams: ExecStreams,
  { signal }: Pick<CallContext, 'signal'>,
): Promise<number> {
  if (streams.tty?.asked === true) {
    const advice = `Without -t it runs without one; \`pj console ${agent.id}\` is a terminal in the guest.`;
    throw new PjError('PJ5502', { id: agent.id, runtime: 'the guest agent', action: 'give a terminal to' }, { advice });
  }
  streams.tty?.leave?.();
  const { code, stdout, stderr } = await runInGuest(agent, argv, await readInput(agent, streams, signal), signal);
  await Promise.all([write(streams.stdout, stdout), write(streams.stderr, stderr)]);
  return code;
}

/** Runs a command in the guest to its end. Once it is started it is not ended by an aborted signal: the agent cannot. */
export async function runInGuest(
  agent: GuestAgent,
  [path = '', ...arg]: readonly string[],
  input: Buffer | undefined,
  signal: AbortSignal,
): Promise<Ended> {
  const how = { timeoutMs: ASK_MS, signal };
  const given = input === undefined ? {} : { 'input-data': input.toString('base64') };
  const started = await agent.ask('guest-exec', { path, arg, 'capture-output': true, ...given }, how);
  const pid = numberIn(started, 'pid');
  if (pid === undefined) throw strange(agent, 'guest-exec');
  for (let delay = FIRST_PAUSE; ; delay = Math.min(delay * 2, LONGEST_PAUSE)) {
    await pause(delay, undefined, { signal });
    const status = await agent.ask('guest-exec-status', { pid }, how);
    if (!isObject(status)) throw strange(agent, 'guest-exec-status');
    if (status['exited'] === true) return endOf(status);
  }
}

function endOf(status: JsonObject): Ended {
  const killer = numberIn(status, 'signal');
  return {
    code: killer === undefined ? (numberIn(status, 'exitcode') ?? 0) : 128 + killer,
    stdout: bytesOf(status, 'out-data', 'out-truncated'),
    stderr: bytesOf(status, 'err-data', 'err-truncated'),
  };
}

/** What is missing of the output is said where it is missing. */
function bytesOf(status: JsonObject, data: string, truncated: string): Buffer {
  const text = status[data];
  const bytes = Buffer.from(typeof text === 'string' ? text : '', 'base64');
  if (status[truncated] !== true) return bytes;
  return Buffer.concat([bytes, Buffer.from('\n[the guest agent keeps no more of the output]\n')]);
}

/** Ends when the reader has taken it; one that is gone wants no more. */
async function write(stream: NodeJS.WritableStream, bytes: Buffer): Promise<void> {
  if (bytes.length === 0 || !stream.writable) return;
  await new Promise<void>((written) => stream.write(bytes, () => written()));
}

const numberIn = (value: Json, key: string): number | undefined => {
  const found = isObject(value) ? value[key] : undefined;
  return typeof found === 'number' ? found : undefined;
};

const strange = ({ id }: GuestAgent, command: string): PjError =>
  new PjError('PJ5509', { id, reason: `it gave no answer that is one to ${command}` });
