import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { PjError } from '../../../../errors.ts';
import type { WorkloadRecord } from '../../../../model/record.ts';
import type { CallContext, LogLine, LogOptions } from '../../../contract.ts';
import type { ApiEngine, Doing } from '../connection/engine.ts';
import { openStream } from '../connection/stream.ts';
import type { ContainerContext } from './containers.ts';
import { type Inspected, inspect, mustInspect } from './inspect.ts';
import { frameReader, lineReader, type StampedLine } from './log-frames.ts';

/** Milliseconds between looks at a container that has ended and may be started again. */
const PAUSE = 250;

type Line = StampedLine & Pick<LogLine, 'stream'>;

/** The output of a container. Followed, it goes on over restarts until the signal aborts or the container is removed. */
export function containerLogs({ open }: ContainerContext) {
  return async function* logs(
    record: WorkloadRecord,
    options: LogOptions,
    context: CallContext,
  ): AsyncGenerator<LogLine> {
    const workload = record.id;
    const id = String(record.handle?.['id'] ?? '');
    const doing = { action: 'read the logs of', id: workload };
    try {
      const engine = await open(context);
      const inspected = await mustInspect(engine, id, doing, context);
      const seen = resuming();
      let start: LogOptions = options;
      let run: string | undefined = inspected.State.StartedAt;
      while (run !== undefined) {
        for await (const { stream, text, at } of seen.only(entries(engine, inspected, start, doing, context)))
          yield { workload, stream, text, ...(at === '' ? {} : { at }) };
        if (!options.follow) return;
        run = await nextRun(engine, id, run, doing, context);
        const { since = options.since } = seen;
        start = { follow: true, times: options.times === true, ...(since === undefined ? {} : { since }) };
      }
    } catch (thrown) {
      if (!context.signal.aborted) throw thrown;
    }
  };
}

/** Lines of one answer, as they come. */
async function* entries(
  engine: ApiEngine,
  { Id, Config }: Inspected,
  options: LogOptions,
  doing: Doing,
  context: CallContext,
): AsyncGenerator<Line> {
  const asked = { method: 'GET', path: `/containers/${Id}/logs?`, options: queryOf(options) };
  const body = await openStream<Readable>(engine, asked, doing, context);
  const out = lineReader(Config.Tty);
  const readers = { stdout: out, stderr: Config.Tty ? out : lineReader(false) };
  const frames = frameReader();
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      const pieces = Config.Tty ? [{ stream: 'stdout' as const, data: chunk }] : frames(chunk);
      for (const { stream, data } of pieces) for (const line of readers[stream].push(data)) yield { ...line, stream };
    }
  } catch (thrown) {
    context.signal.throwIfAborted();
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new PjError('PJ5408', { engine: engine.label, ...doing, reason }, { cause: thrown });
  } finally {
    body.destroy();
  }
  for (const stream of Config.Tty ? (['stdout'] as const) : (['stdout', 'stderr'] as const))
    for (const line of readers[stream].end()) yield { ...line, stream };
}

/** Instants are asked for only where they are wanted, or it may have to be gone on from one. */
const queryOf = ({ follow, since, tail, times }: LogOptions) => ({
  stdout: 'true',
  stderr: 'true',
  // Engines take any word but `false` for a yes.
  follow: follow ? 'true' : 'false',
  timestamps: follow || times === true ? 'true' : 'false',
  ...(since === undefined ? {} : { since: secondsOf(since) }),
  ...(tail === undefined ? {} : { tail: String(tail) }),
});

/** Seconds with all nine digits, which is what both engines take. */
function secondsOf(iso: string): string {
  const fraction = /\.(\d+)/.exec(iso)?.[1] ?? '';
  const seconds = Math.floor(Date.parse(iso.replace(/\.\d+/, '')) / 1000);
  return `${seconds}.${fraction.slice(0, 9).padEnd(9, '0')}`;
}

/** Remembers how far the output was read, and leaves out what comes again: Podman tells instants only to the second. */
function resuming() {
  let at = '';
  let count = 0;
  return {
    /** Absent: nothing was read yet. */
    get since(): string | undefined {
      return at === '' ? undefined : at;
    },
    async *only(lines: AsyncIterable<Line>): AsyncGenerator<Line> {
      const until = at;
      let again = count;
      for await (const line of lines) {
        if (until !== '' && line.at === until && again > 0) {
          again -= 1;
          continue;
        }
        count = line.at === at ? count + 1 : 1;
        at = line.at;
        yield line;
      }
    },
  };
}

/** Waits until a container runs again; gives when that run began, undefined where there will be none. */
async function nextRun(
  engine: ApiEngine,
  id: string,
  last: string,
  doing: Doing,
  context: CallContext,
): Promise<string | undefined> {
  for (;;) {
    const now = await inspect(engine, id, doing, context);
    if (now === undefined) return undefined;
    if (now.State.StartedAt !== last) return now.State.StartedAt;
    await sleep(PAUSE, undefined, { signal: context.signal });
  }
}
