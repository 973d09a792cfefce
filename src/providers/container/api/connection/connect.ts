import { statSync } from 'node:fs';
import { release, userInfo } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import { lookupGroup } from '../../../../os/accounts.ts';
import type { CallContext } from '../../../contract.ts';
import type { Candidate, Endpoint } from './endpoint.ts';
import type { ApiEngine, Doing, Request } from './engine.ts';
import { engineError, refusalOf } from './errors.ts';
import type { Answer, Way } from './http-request.ts';
import { ALL_CONTAINERS, ALL_IMAGES } from './lists.ts';
import { openPool, type Pool } from './pool.ts';
import { shared } from './shared.ts';
import { openTunnel, type Tunnel } from './ssh-tunnel.ts';
import { askVersion, SPOKEN_API, type Version } from './version.ts';

/** Milliseconds in which an engine must say who it is. */
const PATIENCE = 10_000;

/** An engine that answers. */
export interface Connection extends ApiEngine {
  readonly address: string;
  close(): Promise<void>;
}

/** Why a candidate is not the engine that is looked for. */
export interface Failure {
  candidate: Candidate;
  /** `absent`: nothing is there. `other`: another engine answers. `denied`: this user may not. */
  type: 'absent' | 'other' | 'denied' | 'failed';
  reason: string;
}

/** Connects to one candidate and asks who is there. Throws only the signal's reason. */
export async function connect(
  name: ApiEngine['name'],
  candidate: Candidate,
  env: Readonly<Record<string, string | undefined>>,
  context: CallContext,
): Promise<Connection | Failure> {
  const failure = (type: Failure['type'], reason: string): Failure => ({ candidate, type, reason });
  if ('fault' in candidate) return failure('failed', candidate.fault);
  const { endpoint, address } = candidate;
  const road = openRoad(endpoint, env);
  try {
    const pool = await road.open(context.signal);
    const early = askEarly(pool, context.signal);
    const version = await askVersion((path) => pool.ask({ method: 'GET', path }, '', context.signal, PATIENCE), name);
    if (typeof version === 'string') {
      await road.close();
      return failure(version.startsWith('it is ') ? 'other' : 'failed', version);
    }
    return connection({
      name,
      version,
      address,
      road,
      early,
      local: endpoint.type === 'unix' && (version.kernel ?? release()) === release(),
    });
  } catch (thrown) {
    const said = road.said();
    await road.close();
    context.signal.throwIfAborted();
    return failure(...whyNot(endpoint, thrown, said));
  }
}

function connection(of: {
  name: ApiEngine['name'];
  version: Version;
  address: string;
  road: Road;
  early: Early;
  local: boolean;
}): Connection {
  const { name, version, address, road, early, local } = of;
  const label = `${name === 'docker' ? 'Docker' : 'Podman'} ${version.text} (${address})`;
  const guarded = async <T>(doing: Doing, { signal }: CallContext, run: (pool: Pool) => Promise<T>): Promise<T> => {
    signal.throwIfAborted();
    try {
      return await run(await road.open(signal));
    } catch (thrown) {
      signal.throwIfAborted();
      const refusal = refusalOf(thrown);
      if (refusal === undefined) throw thrown;
      throw engineError(refusal, doing, label, thrown);
    }
  };
  return {
    name,
    label,
    local,
    address,
    version: version.text,
    call: (doing, context, run) =>
      guarded(doing, context, async (pool) => {
        early.drop();
        return run(await pool.dockerode(context.signal, version.api), context.signal);
      }),
    dial: <T>(doing: Doing, context: CallContext, asked: Parameters<ApiEngine['dial']>[2]) =>
      guarded(doing, context, async (pool) => {
        const known = version.api === SPOKEN_API ? await early.take(asked) : undefined;
        if (known !== undefined) return known.body as T;
        const prefix = asked.path.startsWith('/libpod/') ? version.libpod : version.api;
        return (await pool.ask(asked, prefix, context.signal)).body as T;
      }),
    close: () => road.close(),
  };
}

/** The lists that nearly every run begins with, asked for while the engine still says which version it is. */
interface Early {
  /** The answer to one of them, once; whatever changes something makes them worthless. */
  take(asked: Request): Promise<Answer | undefined>;
  drop(): void;
}

/** Milliseconds for which they are as good as new. */
const EARLY_LASTS = 1000;

function askEarly(pool: Pool, signal: AbortSignal): Early {
  const until = performance.now() + EARLY_LASTS;
  const lists = [ALL_CONTAINERS, ALL_IMAGES].map((request) => ({
    request,
    // Whoever really asks hears why.
    answer: pool.ask(request, SPOKEN_API, signal).catch(() => undefined),
  }));
  const drop = (): void => void lists.splice(0);
  return {
    drop,
    async take(asked) {
      if (asked.method !== 'GET' || performance.now() > until) drop();
      const at = lists.findIndex(({ request }) => isDeepStrictEqual(asked, request));
      return at < 0 ? undefined : lists.splice(at, 1)[0]?.answer;
    },
  };
}

/** The way to an engine, opened when it is first needed and again when it broke. */
interface Road {
  open(signal: AbortSignal): Promise<Pool>;
  said(): string;
  close(): Promise<void>;
}

function openRoad(endpoint: Endpoint, env: Readonly<Record<string, string | undefined>>): Road {
  let pool: Pool | undefined;
  let tunnel: Tunnel | undefined;
  let opening: Promise<Pool> | undefined;
  const ends = new AbortController();
  const use = (way: Way): Pool => {
    pool?.close();
    pool = openPool(way);
    return pool;
  };
  return {
    async open(signal) {
      if (endpoint.type === 'unix') return pool ?? use({ socket: endpoint.socket });
      if (endpoint.type === 'tcp') return pool ?? use(endpoint);
      if (pool !== undefined && tunnel?.alive() === true) return pool;
      opening ??= (async () => {
        await tunnel?.close();
        tunnel = await openTunnel(endpoint, env, ends.signal);
        return use({ socket: tunnel.socket });
      })().finally(() => {
        opening = undefined;
      });
      return shared(opening, signal);
    },
    said: () => tunnel?.said() ?? '',
    async close() {
      ends.abort();
      await opening?.catch(() => undefined);
      pool?.close();
      pool = undefined;
      await tunnel?.close();
      tunnel = undefined;
    },
  };
}

/** Why nobody answered, for people. */
function whyNot(endpoint: Endpoint, thrown: unknown, said: string): [Failure['type'], string] {
  const message = thrown instanceof Error ? thrown.message.trim() : String(thrown);
  const code = String((thrown as { code?: unknown }).code ?? '');
  if (endpoint.type === 'ssh') return ['failed', `ssh: ${said === '' ? message : said}`];
  if (/TLS|SSL|CERT|SELF_SIGNED|UNABLE_TO_|EPROTO/.test(code)) return ['failed', `TLS: ${message}`];
  if (/HTTP request to an HTTPS server/.test(message))
    return ['failed', 'TLS: it wants TLS (set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH)'];
  switch (code) {
    case 'ENOENT':
      return ['absent', 'not there'];
    case 'EACCES':
      return [
        'denied',
        `permission denied to ${userName()}${endpoint.type === 'unix' ? groupOf(endpoint.socket) : ''}`,
      ];
    case 'ECONNREFUSED':
      return ['failed', 'nothing listens there: the daemon does not run'];
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return ['failed', 'no such host'];
    default:
      return ['failed', message];
  }
}

/** Who runs pj. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${String(process.getuid?.())}`;
  }
}

function groupOf(socket: string): string {
  try {
    const { gid } = statSync(socket);
    return gid === 0 ? '' : `, its group is ${lookupGroup(String(gid))?.name ?? gid}`;
  } catch {
    // Its folder is closed, too.
    return '';
  }
}
