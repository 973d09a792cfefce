import { createWriteStream, type WriteStream } from 'node:fs';
import { asPjError, PjError } from '../errors.ts';
import type { ApplyResult, Event, Listener } from '../model/event.ts';
import type { Ending } from '../views/apply-summary.ts';
import { applyLines } from '../views/apply-text.ts';
import { eventsToJson } from '../views/event-json.ts';
import { type LiveLines, liveLines } from './live-lines.ts';
import type { Terminal } from './terminal.ts';

/** Shows what a run tells while it works: lines or a live view for people, JSON lines for programs, or both. */
export interface Watch {
  listen: Listener;
  /** Writes a text of the command's own (the plan, a note) for people; not shown to programs. */
  say(text: string): void;
  /** Tells programs of the error that ended the run, and that nothing more is done. People are told by who shows errors. */
  fail(error: unknown): void;
  /** Ends the live part, and writes the events file to its end. Throws PJ6010 when that cannot be written. Twice is once. */
  close(): Promise<void>;
}

/** What a run is asked to tell, and how. */
export interface WatchFlags {
  json: boolean;
  jsonInto?: string | undefined;
  /** For the first event of the stream. */
  operation: 'plan' | 'apply' | 'destroy';
  /** For the last sentence of an imperative command. */
  ending?: Ending | undefined;
  version: string;
}

/** Events that are about the run rather than its result, and errors: they go to stderr. */
const ASIDE = new Set<Event['type']>([
  'log',
  'diagnostic',
  'step_errored',
  'lock_waiting',
  'lock_taken_over',
  'recovered',
  'interrupting',
]);

/** Begins to watch. Throws PJ6010 when the events file cannot be opened. */
export async function watch(terminal: Terminal, flags: WatchFlags): Promise<Watch> {
  const listeners: Listener[] = [];
  const programs: Listener[] = [];
  let summed = false;
  const file = flags.jsonInto === undefined ? undefined : await openFile(flags.jsonInto);
  const stream = (write: (text: string) => void): Listener => {
    const { operation, ending, version } = flags;
    const toJson = eventsToJson({ operation, ending, version, now: () => new Date() });
    for (const line of toJson.begin()) write(`${line}\n`);
    return (event) => {
      for (const line of toJson.event(event)) write(`${line}\n`);
    };
  };
  if (file !== undefined) programs.push(stream((text) => file.stream.write(text)));
  let live: LiveLines | undefined;
  if (flags.json) programs.push(stream(terminal.out));
  else {
    const screen = await terminal.screen();
    if (terminal.live) live = liveLines(screen, terminal.out, terminal.size);
    listeners.push(await forPeople(terminal, live, flags.ending));
  }
  return {
    listen: (event) => {
      if (event.type === 'apply_complete') summed = true;
      for (const listener of [...listeners, ...programs]) listener(event);
    },
    fail: (error) => {
      const events: Event[] = diagnostics(asPjError(error));
      // Whoever reads the stream to its end learns that nothing was done; Terraform leaves that open.
      if (!summed && flags.operation !== 'plan') events.push({ type: 'apply_complete', result: NOTHING });
      for (const event of events) for (const listener of programs) listener(event);
    },
    say: (text) => {
      if (flags.json) return;
      if (live === undefined) terminal.out(text);
      else live.above(text);
    },
    close: async () => {
      live?.end();
      await file?.close();
    },
  };
}

const NOTHING: ApplyResult = {
  outcome: 'failed',
  steps: [],
  rolledBack: [],
  summary: { add: 0, change: 0, destroy: 0, forget: 0 },
  elapsedMs: 0,
};

function diagnostics(error: PjError): Event[] {
  if (error.others.length > 0) return error.others.flatMap(diagnostics);
  return [{ type: 'diagnostic', severity: 'error', code: error.code, summary: error.message, detail: error.hint }];
}

async function forPeople(
  terminal: Terminal,
  live: LiveLines | undefined,
  ending: Ending | undefined,
): Promise<Listener> {
  const options = (screen: Awaited<ReturnType<Terminal['screen']>>) => ({
    ...(screen.chalk === undefined ? {} : { chalk: screen.chalk }),
    width: screen.width,
    ending,
    now: () => new Date(),
    debug: /^(debug|trace)$/.test(terminal.env['PJ_LOG'] ?? ''),
  });
  const [out, err] = [applyLines(options(await terminal.screen())), applyLines(options(await terminal.errScreen()))];
  return (event) => {
    const aside = ASIDE.has(event.type);
    const lines = (aside ? err : out)(event);
    if (event.type === 'plan_complete') err(event);
    // Looking takes a moment and says nothing; only a run that takes long is told of, by the live view.
    const quiet = event.type === 'refresh_start' || event.type === 'refresh_complete';
    if (event.type === 'apply_complete') live?.end();
    live?.hear(event);
    if (lines.length === 0 || quiet) return;
    const text = `${lines.join('\n')}\n`;
    if (aside && live !== undefined) live.above(text);
    else if (aside) terminal.err(text);
    else if (live !== undefined && event.type !== 'apply_complete') liveAbove(live, event, text);
    else terminal.out(text);
  };
}

/** On a live screen only what ended stays as a line; what runs is in the live part. */
function liveAbove(live: LiveLines, event: Event, text: string): void {
  if (event.type === 'step_start' || event.type === 'step_progress') return;
  live.above(text);
}

async function openFile(path: string): Promise<{ stream: WriteStream; close(): Promise<void> }> {
  const stream = createWriteStream(path, { mode: 0o600 });
  let failure: Error | undefined;
  stream.on('error', (error) => (failure ??= error));
  const refuse = (error: Error) => new PjError('PJ6010', { path, reason: error.message }, { cause: error });
  await new Promise<void>((resolve) => stream.once('open', () => resolve()).once('error', () => resolve()));
  if (failure !== undefined) throw refuse(failure);
  let closed: Promise<void> | undefined;
  return {
    stream,
    close: () =>
      (closed ??= new Promise<void>((resolve, reject) => {
        stream.once('close', () => (failure === undefined ? resolve() : reject(refuse(failure))));
        if (stream.destroyed) return failure === undefined ? resolve() : reject(refuse(failure));
        stream.end();
      })),
  };
}
