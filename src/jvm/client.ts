import { setMaxListeners } from 'node:events';
import { lstatSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { PjError } from '../errors.ts';
import { isObject, type JsonObject } from '../model/json.ts';
import { receiveLines, sendLine } from '../os/json-lines.ts';
import type { HostCalls, HostError, HostErrorCode, HostMethod } from './protocol.ts';

/** Seconds that a call may take where it does not say: telling is quick, applications may take their time. */
const TELLING = 10;
const ACTING = 60;
const QUICK: ReadonlySet<HostMethod> = new Set(['hello', 'list', 'sample', 'recall', 'threads']);

/** Answers tell of any number of applications, and with their stacks. Characters. */
const LONGEST = 256 << 20;

/** The longest that a timer of Node can wait. ms */
const LONGEST_WAIT = 2 ** 31 - 1;

interface Waiting {
  method: HostMethod;
  /** The application that the call is about, for messages. */
  id: string;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

export interface HostCallOptions {
  signal?: AbortSignal | undefined;
  /** Seconds; default 10 for what only tells, 60 for what acts. */
  timeout?: number | undefined;
}

/** A connection to a host JVM. Any number of calls may be under way. */
export class HostClient {
  private readonly socket: Socket;
  /** Id of the host's workload, for messages. */
  private readonly host: string;
  private readonly waiting = new Map<number, Waiting>();
  private next = 1;
  private ended: string | undefined;

  constructor(socket: Socket, host: string) {
    this.socket = socket;
    this.host = host;
    let why = 'it ended in the middle of a call';
    receiveLines(socket, (message) => this.take(message), LONGEST);
    socket.on('error', (error) => {
      if (error.message.startsWith('a message')) why = `what it says makes no sense: ${error.message}`;
    });
    socket.on('close', () => {
      this.ended ??= why;
      for (const { reject } of this.waiting.values()) reject(this.silent(this.ended));
      this.waiting.clear();
    });
  }

  /** False once the host has gone. */
  get usable(): boolean {
    return this.ended === undefined && !this.socket.destroyed;
  }

  /** Throws PJ5603 where it does not answer, within `timeout` or at all; PJ5604 – PJ5607 for what it refuses; the signal's reason when that aborts. */
  async call<M extends HostMethod>(
    method: M,
    params: HostCalls[M]['params'],
    options: HostCallOptions = {},
  ): Promise<HostCalls[M]['result']> {
    const { signal, timeout = QUICK.has(method) ? TELLING : ACTING } = options;
    signal?.throwIfAborted();
    const id = this.next++;
    let timer: NodeJS.Timeout | undefined;
    let onAbort: (() => void) | undefined;
    try {
      return await new Promise<HostCalls[M]['result']>((resolve, reject) => {
        this.waiting.set(id, { method, id: idIn(params), resolve: resolve as (result: unknown) => void, reject });
        this.hold();
        timer = setTimeout(
          () => reject(this.silent(`no answer to ${method} within ${timeout} s`)),
          Math.min(timeout * 1000, LONGEST_WAIT),
        );
        onAbort = () => reject(signal?.reason);
        // Any number of calls may wait on one signal.
        if (signal !== undefined) setMaxListeners(0, signal);
        signal?.addEventListener('abort', onAbort, { once: true });
        if (!this.usable || !sendLine(this.socket, { id, method, params: params as JsonObject }))
          reject(this.silent(this.ended ?? 'it has ended'));
      });
    } finally {
      clearTimeout(timer);
      if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort);
      this.waiting.delete(id);
      this.hold();
    }
  }

  close(): void {
    this.ended ??= 'the connection was closed';
    this.socket.destroy();
  }

  private take({ id, result, error }: JsonObject): void {
    const waiting = this.waiting.get(Number(id));
    if (waiting === undefined) return;
    this.waiting.delete(Number(id));
    this.hold();
    if (error === undefined || error === null) waiting.resolve(result ?? null);
    else waiting.reject(this.refusal(waiting, errorOf(error)));
  }

  private silent(reason: string): PjError {
    return new PjError('PJ5603', { host: this.host, reason });
  }

  private refusal({ method, id }: Waiting, { code, message, details }: HostError): PjError {
    const { host } = this;
    const cause = new Refusal(code, message);
    switch (code) {
      case 'start-failed':
        return new PjError('PJ5604', { id, host, reason: message }, { cause });
      case 'threads-remain':
        return new PjError('PJ5605', { id, host, threads: threadsIn(details) ?? message }, { cause });
      case 'other-lineage':
        return new PjError('PJ5607', { id, host, lineage: String(details['lineage'] ?? 'unknown') }, { cause });
      case 'ending':
        return new PjError('PJ5603', { host, reason: 'it is about to end' }, { cause });
      default:
        return new PjError('PJ5606', { host, action: method, id, reason: message }, { cause });
    }
  }

  /** Only while an answer is awaited does the connection keep this process alive. */
  private hold(): void {
    if (!this.usable) return;
    if (this.waiting.size > 0) this.socket.ref();
    else this.socket.unref();
  }
}

/** What a host said no with: the cause of the error that is thrown. */
export class Refusal extends Error {
  readonly code: HostErrorCode;
  constructor(code: HostErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The code that a host said no with, or undefined for any other error. */
export function refusalIn(error: unknown): HostErrorCode | undefined {
  return error instanceof PjError && error.cause instanceof Refusal ? error.cause.code : undefined;
}

function errorOf(told: unknown): HostError {
  const { code, message, details } = isObject(told) ? told : {};
  return {
    code: (typeof code === 'string' ? code : 'internal') as HostErrorCode,
    message: typeof message === 'string' && message !== '' ? message : 'it gave no reason',
    details: isObject(details) ? details : {},
  };
}

/** Names of threads, where there is a list of them. */
function threadsIn({ threads }: JsonObject): string | undefined {
  if (typeof threads === 'string' && threads !== '') return threads;
  if (!Array.isArray(threads) || threads.length === 0) return undefined;
  return threads.map((one) => (isObject(one) ? String(one['name']) : String(one))).join(', ');
}

/** The application that a call is about. */
function idIn(params: unknown): string {
  if (!isObject(params)) return 'it';
  const { app, key } = params;
  if (isObject(app)) return String(app['id']);
  return typeof key === 'string' ? key.replace(/@\d+$/, '') : 'it';
}

/** Connects to the host whose socket that is. Throws PJ5603 where nobody listens there, or it is not a socket of this user's in a folder that is this user's alone. */
export async function connectHost(
  path: string,
  host: string,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<HostClient> {
  options.signal?.throwIfAborted();
  const fault = faultOf(path);
  if (fault !== undefined) throw new PjError('PJ5603', { host, reason: fault });
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    const timer = setTimeout(() => socket.destroy(new Error(`nobody answered within ${TELLING} s`)), TELLING * 1000);
    socket.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      const nobody = error.code === 'ECONNREFUSED' || error.code === 'ENOENT';
      const reason = nobody ? `nobody listens at ${path}` : error.message;
      reject(new PjError('PJ5603', { host, reason }, { cause: error }));
    });
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error');
      resolve(new HostClient(socket, host));
    });
  });
}

/** Why a path is not to be trusted as a host's socket, for people. */
export function faultOf(path: string): string | undefined {
  const uid = process.geteuid?.() ?? 0;
  const folder = lstatSync(dirname(path), { throwIfNoEntry: false });
  const there = folder === undefined ? undefined : lstatSync(path, { throwIfNoEntry: false });
  if (folder === undefined || there === undefined) return `its socket ${path} is not there`;
  if (!folder.isDirectory() || folder.uid !== uid || (folder.mode & 0o077) !== 0)
    return `${dirname(path)} is not a folder that only you may use`;
  if (!there.isSocket()) return `something else stands at ${path}, where its socket belongs`;
  return there.uid === uid ? undefined : `its socket ${path} belongs to uid ${there.uid}`;
}
