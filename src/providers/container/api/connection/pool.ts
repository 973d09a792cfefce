import type { Agent as HttpAgent } from 'node:http';
import { Agent, request } from 'node:http';
import { inspect } from 'node:util';
import type Dockerode from 'dockerode';
import { deadlineOf, PATIENCE } from './deadline.ts';
import type { Request } from './engine.ts';
import { type Answer, ask, type Line, type Way } from './http-request.ts';

/** Milliseconds that a connection waits for its next request. An engine that ends when nobody asks (Podman's socket unit) closes it after more. */
const IDLE = 4000;
/** One pool of connections to an engine. */
export interface Pool {
  /** Makes one request, which ends when `signal` aborts or at its deadline. `prefix`: of its path, `v1.41`; '' for none. */
  ask(asked: Request, prefix: string, signal: AbortSignal, patience?: number): Promise<Answer>;
  /** The same way for dockerode, loaded when it is first asked for. */
  dockerode(signal: AbortSignal, version: string): Promise<Dockerode>;
  close(): void;
}

export function openPool(way: Way): Pool {
  const line = lineOf(way);
  // docker-modem inspects its whole request, agent and sockets in full depth, before each of them, whether that is wanted or not.
  Object.defineProperty(line.agent, inspect.custom, { value: () => 'Agent' });
  return {
    ask(asked, prefix, signal, patience = PATIENCE) {
      const path = prefix === '' ? asked.path : `/${prefix}${asked.path}`;
      return ask(line, { ...asked, path }, { signal, deadline: deadlineOf(asked.path, asked.query ?? {}, patience) });
    },
    async dockerode(signal, version) {
      const [{ default: Client }, { modemOver }] = await Promise.all([import('dockerode'), import('./modem.ts')]);
      return new Client({ modem: modemOver(way, line.agent, signal, version) } as Dockerode.DockerOptions);
    },
    close: () => line.agent.destroy(),
  };
}

function lineOf(way: Way): Line {
  // Without a name of its own each new connection would have one looked for by a regular expression that takes 5 ms to compile.
  const options = { keepAlive: true, timeout: IDLE };
  if ('socket' in way)
    return {
      address: { socketPath: way.socket },
      agent: new Agent({ ...options, servername: '' } as object),
      send: request,
    };
  const { host, port, tls } = way;
  if (tls === undefined) return { address: { host, port }, agent: new Agent(options), send: request };
  // Loaded when needed: TLS takes its time.
  const https = process.getBuiltinModule('node:https');
  const agent = new https.Agent({
    ...options,
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
    rejectUnauthorized: tls.verify,
  });
  return { address: { host, port }, agent: agent as HttpAgent, send: https.request };
}
