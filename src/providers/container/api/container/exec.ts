import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkloadRecord } from '../../../../model/record.ts';
import type { CallContext, ExecStreams } from '../../../contract.ts';
import type { ApiEngine, Doing } from '../connection/engine.ts';
import { openStream } from '../connection/stream.ts';
import type { ContainerContext } from './containers.ts';
import { execFailure } from './exec-failure.ts';
import { frameReader } from './log-frames.ts';

/** Milliseconds between looks at a command whose output has ended. */
const PAUSE = 50;

/** What a shell says of what it cannot run, and of what it cannot find. */
const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;

/** Runs a command in a container, over the connection that the engine hands over for it. */
export function containerExec({ open }: ContainerContext) {
  return async (
    record: WorkloadRecord,
    argv: string[],
    streams: ExecStreams,
    context: CallContext,
  ): Promise<number> => {
    const engine = await open(context);
    const doing = { action: 'run a command in', id: record.id };
    const Tty = streams.tty !== undefined;
    const body = { AttachStdin: streams.stdin !== undefined, AttachStdout: true, AttachStderr: true, Tty, Cmd: argv };
    const path = `/containers/${String(record.handle?.['id'] ?? '')}/exec`;
    const { Id } = await engine.dial<{ Id: string }>(doing, context, { method: 'POST', path, body });
    const options = { _query: {}, _body: { Detach: false, Tty } };
    const start = { method: 'POST', path: `/exec/${Id}/start`, options, hijack: true };
    // What comes and goes over the connection is the command's own from then on.
    const connection = await openStream<Duplex>(engine, start, doing, context);
    const failure = await transfer(connection, streams, context, (columns, rows) => {
      // A command that has ended has no terminal any more.
      const query = { w: String(columns), h: String(rows) };
      engine
        .dial(doing, context, { method: 'POST', path: `/exec/${Id}/resize`, query, ok: [200, 201, 204] })
        .catch(() => undefined);
    });
    const code = await exitCode(engine, Id, doing, context);
    if (failure === undefined || (code !== NOT_EXECUTABLE && code !== NOT_FOUND)) {
      if (failure !== undefined) streams.stderr.write(failure.raw);
      return code;
    }
    streams.stderr.write(`${argv[0] ?? ''}: ${failure.text} (in ${record.id})\n`);
    return failure.found ? NOT_EXECUTABLE : NOT_FOUND;
  };
}

/** Moves bytes both ways until the command's output ends. Gives what the engine said where it could not start the command. */
async function transfer(
  connection: Duplex,
  { stdin, stdout, stderr, tty }: ExecStreams,
  { signal }: CallContext,
  resize: (columns: number, rows: number) => void,
): Promise<ReturnType<ReturnType<typeof execFailure>['end']>> {
  const failure = execFailure();
  const frames = frameReader();
  const abort = (): void => void connection.destroy();
  // What the command does not read yet stays where it comes from.
  const give = (data: Buffer): void => {
    if (!connection.write(data)) stdin?.pause();
  };
  const goOn = (): void => void stdin?.resume();
  const close = (): void => void connection.end();
  // A command that reads nothing closes its side while there is still input.
  connection.on('error', () => undefined);
  signal.addEventListener('abort', abort, { once: true });
  connection.on('drain', goOn);
  stdin?.on('data', give).once('end', close);
  if (stdin !== undefined) stdin.resume();
  else if (tty === undefined) connection.end();
  if (tty !== undefined) {
    resize(tty.columns, tty.rows);
    tty.resize(resize);
  }
  try {
    for await (const chunk of connection.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      const pieces = tty === undefined ? frames(chunk) : [{ stream: 'stdout' as const, data: chunk }];
      for (const piece of pieces)
        for (const { stream, data } of failure.pass(piece)) await written(stream === 'stderr' ? stderr : stdout, data);
    }
  } catch (thrown) {
    signal.throwIfAborted();
    // Reset by the other side at its end: the exit code tells what came of it.
    if ((thrown as { code?: unknown }).code !== 'ECONNRESET') throw thrown;
  } finally {
    signal.removeEventListener('abort', abort);
    connection.off('drain', goOn);
    stdin?.off('data', give).off('end', close);
    connection.destroy();
  }
  signal.throwIfAborted();
  return failure.end();
}

/** Waits while the reader of a stream is slower than the command. */
async function written(stream: NodeJS.WritableStream, data: Buffer): Promise<void> {
  if (!stream.write(data)) await new Promise<void>((resolve) => stream.once('drain', () => resolve()));
}

async function exitCode(engine: ApiEngine, id: string, doing: Doing, context: CallContext): Promise<number> {
  for (;;) {
    const path = `/exec/${id}/json`;
    const told = await engine.dial<{ Running: boolean; ExitCode: number | null }>(doing, context, {
      method: 'GET',
      path,
    });
    if (!told.Running && told.ExitCode !== null) return told.ExitCode;
    await sleep(PAUSE, undefined, { signal: context.signal });
  }
}
