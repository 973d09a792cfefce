import { setMaxListeners } from 'node:events';
import { lstatSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { PjError } from '../errors.ts';
import type { JsonObject } from '../model/json.ts';
import { readAddress } from './address.ts';
import type { AgentInfo, Calls, Method } from './calls.ts';
import { runtimeDir, verifyPrivate } from './runtime-dir.ts';
import { fromWire, MAX_ANSWER, PROTOCOL, receive, send, type WireError } from './wire.ts';
import { LONGEST } from './world.ts';

/** Seconds that a call may take where it does not say. */
const CALL_TIMEOUT = 60;

interface Waiting {
  method: Method;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

/** A connection to the agent. Any number of calls may be under way. */
export class AgentClient {
  private readonly socket: Socket;
  private readonly waiting = new Map<number, Waiting>();
  private next = 1;
  private ended = false;

  constructor(socket: Socket) {
    this.socket = socket;
    receive(
      socket,
      (message) => {
        const { id, result, error } = message;
        const waiting = this.waiting.get(Number(id));
        if (waiting === undefined) return;
        this.waiting.delete(Number(id));
        this.hold();
        if (error === undefined) waiting.resolve(result);
        else waiting.reject(fromWire(error as unknown as WireError));
      },
      MAX_ANSWER,
    );
    const broken = () => {
      this.ended = true;
      for (const { method, reject } of this.waiting.values()) reject(new PjError('PJ5205', { method }));
      this.waiting.clear();
    };
    socket.on('close', broken);
    socket.on('error', () => undefined); // `close` follows and says it to all.
  }

  /** False once the agent has gone. */
  get usable(): boolean {
    return !this.ended && !this.socket.destroyed;
  }

  /** Throws what the agent throws, PJ5205 when it goes meanwhile, PJ5206 after `timeout` seconds, the signal's reason when that aborts. */
  async call<M extends Method>(
    method: M,
    params: Calls[M]['params'],
    options: { signal?: AbortSignal; timeout?: number } = {},
  ): Promise<Calls[M]['result']> {
    const { signal, timeout = CALL_TIMEOUT } = options;
    signal?.throwIfAborted();
    const id = this.next++;
    let timer: NodeJS.Timeout | undefined;
    let onAbort: (() => void) | undefined;
    try {
      return await new Promise<Calls[M]['result']>((resolve, reject) => {
        this.waiting.set(id, { method, resolve: resolve as (result: unknown) => void, reject });
        this.hold();
        timer = setTimeout(
          () => reject(new PjError('PJ5206', { method, seconds: timeout })),
          Math.min(timeout * 1000, LONGEST),
        );
        onAbort = () => reject(signal?.reason);
        // Any number of calls may wait on one signal.
        if (signal !== undefined) setMaxListeners(0, signal);
        signal?.addEventListener('abort', onAbort, { once: true });
        if (!this.usable || !send(this.socket, { id, method, params: params as unknown as JsonObject })) {
          reject(new PjError('PJ5205', { method }));
        }
      });
    } finally {
      clearTimeout(timer);
      if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort);
      this.waiting.delete(id);
      this.hold();
    }
  }

  close(): void {
    this.ended = true;
    this.socket.end();
    this.socket.unref();
  }

  /** Only while an answer is awaited does the connection keep this process alive. */
  private hold(): void {
    if (!this.usable) return;
    if (this.waiting.size > 0) this.socket.ref();
    else this.socket.unref();
  }
}

/** Who connects. */
export interface Caller {
  project: string;
  env: Record<string, string | undefined>;
  /** Of pj. */
  version: string;
}

/**
 * A connection to the project's agent, greeted; undefined where none runs. Starts nothing and makes nothing.
 * Throws PJ5202 for a folder that is not this user's alone, PJ5204 for an agent of another protocol, PJ5207 for another user's, PJ5206.
 */
export async function connectAgent(caller: Caller): Promise<{ client: AgentClient; info: AgentInfo } | undefined> {
  const uid = process.geteuid?.() ?? 0;
  const told = readAddress(caller.project);
  if (told !== undefined && told.uid !== uid) {
    throw new PjError('PJ5207', { project: caller.project, uid: told.uid });
  }
  const paths = [told?.socket, runtimeDir(caller.project, caller.env, uid).socket].filter((path) => path !== undefined);
  for (const path of new Set(paths)) {
    const socket = await connect(path, uid);
    if (socket === undefined) continue;
    const client = new AgentClient(socket);
    try {
      const info = await client.call('hello', { protocol: PROTOCOL, version: caller.version }, { timeout: 10 });
      return { client, info };
    } catch (error) {
      client.close();
      // It was just ending.
      if (!(error instanceof PjError && error.code === 'PJ5205')) throw error;
    }
  }
  return undefined;
}

async function connect(path: string, uid: number): Promise<Socket | undefined> {
  if (!verifyPrivate(dirname(path), uid)) return undefined;
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  if (!stat.isSocket() || stat.uid !== uid) {
    throw new PjError('PJ5202', {
      path,
      problem: stat.isSocket() ? `it belongs to uid ${stat.uid}` : 'it is no socket',
    });
  }
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      // Its agent is dead, or going.
      if (['ECONNREFUSED', 'ENOENT', 'ECONNRESET', 'EAGAIN'].includes(error.code ?? '')) resolve(undefined);
      else reject(new PjError('PJ5202', { path, problem: error.message }, { cause: error }));
    });
  });
}
