import { isObject, type Json, type JsonObject } from '../../../model/json.ts';
import { type LineSocket, openLines, parsedLine } from './line-socket.ts';

/** QEMU said no. */
export class QmpRefusal extends Error {
  readonly kind: string;
  constructor(kind: string, text: string) {
    super(text);
    this.kind = kind;
  }
}

/** QEMU's monitor over one connection. */
export interface Qmp {
  /** Gives what the command returns. Throws QmpRefusal, and an Error where no answer comes in time or QEMU goes away. */
  ask(command: string, args?: JsonObject, timeoutMs?: number): Promise<Json>;
  /** Resolves with the data of the next event of that name (true for those that `pick` takes), undefined when none came in time. */
  event(name: string, pick: (data: JsonObject) => boolean, timeoutMs: number): Promise<JsonObject | undefined>;
  /** A command of the human monitor, for what QMP has none. */
  human(line: string): Promise<string>;
  close(): void;
}

/** Milliseconds: a QEMU that works answers in a few; some of its faults are that it never does. */
const PATIENCE = 5_000;

interface Waiting {
  settle(answer: JsonObject | Error): void;
}

/** Connects to a QEMU and greets it. Rejects where none answers in time. */
export async function openQmp(path: string, timeoutMs = PATIENCE): Promise<Qmp> {
  const asked = new Map<number, Waiting>();
  const listeners = new Set<(name: string, data: JsonObject) => void>();
  let gone: string | undefined;
  let greeted: () => void = () => undefined;
  const greeting = new Promise<void>((resolve) => {
    greeted = resolve;
  });
  const take = (line: string): void => {
    const message = parsedLine(line);
    if (message === undefined) return;
    if (message['QMP'] !== undefined) greeted();
    const event = message['event'];
    if (typeof event === 'string') {
      const data = isObject(message['data']) ? message['data'] : {};
      for (const listener of [...listeners]) listener(event, data);
      return;
    }
    const id = message['id'];
    if (typeof id === 'number') asked.get(id)?.settle(message);
  };
  const ended = (reason: string): void => {
    gone = reason;
    for (const { settle } of [...asked.values()]) settle(new Error(`QEMU went away: ${reason}`));
    greeted();
  };
  const lines: LineSocket = await openLines(path, { take, ended }, timeoutMs);
  let last = 0;
  const ask = async (command: string, args?: JsonObject, wait = PATIENCE): Promise<Json> => {
    if (gone !== undefined) throw new Error(`QEMU went away: ${gone}`);
    const id = ++last;
    const answer = await new Promise<JsonObject | Error>((resolve) => {
      const timer = setTimeout(() => settle(new Error(`QEMU did not answer ${command} within ${wait / 1000} s`)), wait);
      const settle = (got: JsonObject | Error): void => {
        clearTimeout(timer);
        asked.delete(id);
        resolve(got);
      };
      asked.set(id, { settle });
      lines.send(`${JSON.stringify({ execute: command, id, ...(args === undefined ? {} : { arguments: args }) })}\n`);
    });
    if (answer instanceof Error) throw answer;
    const { error } = answer;
    if (isObject(error)) throw new QmpRefusal(String(error['class']), String(error['desc']));
    return answer['return'] ?? null;
  };
  try {
    await Promise.race([greeting, slept(timeoutMs)]);
    await ask('qmp_capabilities', undefined, timeoutMs);
  } catch (error) {
    lines.close();
    throw error;
  }
  return {
    ask,
    event: (name, pick, wait) =>
      new Promise((resolve) => {
        const end = (data: JsonObject | undefined): void => {
          clearTimeout(timer);
          listeners.delete(listen);
          resolve(data);
        };
        const timer = setTimeout(() => end(undefined), wait);
        const listen = (event: string, data: JsonObject): void => {
          if (event === name && pick(data)) end(data);
        };
        listeners.add(listen);
      }),
    human: async (line) => String(await ask('human-monitor-command', { 'command-line': line })).trim(),
    close: () => lines.close(),
  };
}

const slept = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms).unref());

/** Connects for the time of some work. */
export async function withQmp<T>(path: string, work: (qmp: Qmp) => Promise<T>): Promise<T> {
  const qmp = await openQmp(path);
  try {
    return await work(qmp);
  } finally {
    qmp.close();
  }
}
