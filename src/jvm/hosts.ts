import { setTimeout as sleep } from 'node:timers/promises';
import { PjError } from '../errors.ts';
import { freshly } from '../os/freshly.ts';
import { connectHost, type HostCallOptions, type HostClient } from './client.ts';
import type { HostCalls, HostMethod } from './protocol.ts';

/** The way to one host JVM, over one connection that is opened when it is needed. */
export interface HostLink {
  /** `patience`: seconds that one which just starts may take until it listens; default 0. Throws as HostClient.call does. */
  call<M extends HostMethod>(
    method: M,
    params: HostCalls[M]['params'],
    options?: HostCallOptions & { patience?: number },
  ): Promise<HostCalls[M]['result']>;
  /**
   * Everything, as it is after this was asked; those who ask while an answer is awaited share the next one. `maxAge`: milliseconds that an answer may be old,
   * where this process has asked the host for nothing else since; default 0.
   */
  list(options?: HostCallOptions & { patience?: number; maxAge?: number }): Promise<HostCalls['list']['result']>;
}

/** Hosts as one user of theirs knows them. */
export interface Hosts {
  at(socket: string, host: string): HostLink;
  /** Lets go of every connection that nobody else in this process uses. */
  close(): void;
}

interface Shared {
  link: HostLink;
  close(): void;
  users: Set<object>;
}

/** One connection a socket in the whole process: the provider of hosts and that of applications look at the same ones, at the same time. */
const open = new Map<string, Shared>();

export function openHosts(): Hosts {
  const user = {};
  return {
    at(socket, host) {
      let shared = open.get(socket);
      if (shared === undefined) {
        shared = { ...makeLink(socket, host), users: new Set() };
        open.set(socket, shared);
      }
      shared.users.add(user);
      return shared.link;
    },
    close() {
      for (const [socket, shared] of open) {
        if (!shared.users.delete(user) || shared.users.size > 0) continue;
        shared.close();
        open.delete(socket);
      }
    },
  };
}

/** Calls that change nothing. */
const TELLING: ReadonlySet<HostMethod> = new Set(['hello', 'list', 'sample', 'recall', 'threads']);

function makeLink(socket: string, host: string): { link: HostLink; close(): void } {
  let client: HostClient | undefined;
  let opening: Promise<HostClient> | undefined;
  /** What was asked last, perhaps not answered yet. */
  let last: { told: Promise<HostCalls['list']['result']>; at: number; changes: number } | undefined;
  /** Counts the begins and ends of calls that change something. */
  let changes = 0;

  const obtain = async (patience: number, signal: AbortSignal | undefined): Promise<HostClient> => {
    const end = performance.now() + patience * 1000;
    for (let wait = 5; ; wait = Math.min(wait * 1.5, 200)) {
      if (client?.usable === true) return client;
      opening ??= connectHost(socket, host).finally(() => {
        opening = undefined;
      });
      try {
        client = await opening;
        return client;
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof PjError) || performance.now() > end) throw error;
      }
      await sleep(wait, undefined, signal === undefined ? {} : { signal }).catch(() => signal?.throwIfAborted());
    }
  };
  const call: HostLink['call'] = async (method, params, { patience = 0, ...options } = {}) => {
    options.signal?.throwIfAborted();
    const tells = TELLING.has(method);
    if (!tells) changes += 1;
    try {
      return await (await obtain(patience, options.signal)).call(method, params, options);
    } finally {
      if (!tells) changes += 1;
    }
  };
  const list = freshly((options: HostCallOptions & { patience?: number }) => {
    const asked = { told: call('list', {}, options), at: performance.now(), changes };
    last = asked;
    asked.told.catch(() => {
      if (last === asked) last = undefined;
    });
    return asked.told;
  });
  return {
    link: {
      call,
      async list({ signal, maxAge = 0, ...options } = {}) {
        signal?.throwIfAborted();
        const isGood = last?.changes === changes && performance.now() - last.at <= maxAge;
        return untilAborted(isGood && last !== undefined ? last.told : list(options), signal);
      },
    },
    close() {
      client?.close();
      client = undefined;
    },
  };
}

/** What others wait for as well goes on when one of them gives up. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
