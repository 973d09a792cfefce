import { homedir } from 'node:os';
import { join } from 'node:path';
import { currentContext, readContext } from './docker-contexts.ts';
import { type Candidate, type Endpoint, parseEndpoint, readTls, type TlsFiles } from './endpoint.ts';

type Env = Readonly<Record<string, string | undefined>>;

const DOCKER_SOCKET = '/var/run/docker.sock';
const PODMAN_SOCKET = '/run/podman/podman.sock';

/** Where Docker is looked for, as the docker command does: DOCKER_HOST, a context, else its sockets in order. */
export function dockerCandidates(env: Env): Candidate[] {
  const host = given(env, 'DOCKER_HOST');
  if (host !== undefined) return [dockerHost(env, host)];
  const configDir = given(env, 'DOCKER_CONFIG') ?? join(home(env), '.docker');
  const asked = given(env, 'DOCKER_CONTEXT');
  const context = asked ?? currentContext(configDir);
  if (context !== undefined && context !== 'default') {
    const source = asked === undefined ? `context ${context}` : `DOCKER_CONTEXT ${context}`;
    const found = readContext(configDir, context);
    if ('fault' in found) return [{ source, address: context, fault: found.fault }];
    return [candidate(source, found.host, found.tls, () => DOCKER_SOCKET)];
  }
  const run = given(env, 'XDG_RUNTIME_DIR');
  return sockets([
    DOCKER_SOCKET,
    ...(run === undefined ? [] : [join(run, 'docker.sock')]),
    join(home(env), '.docker', 'run', 'docker.sock'),
  ]);
}

/** Where Podman is looked for: CONTAINER_HOST, then DOCKER_HOST (which may lead to a Podman), else its sockets in order. */
export function podmanCandidates(env: Env): Candidate[] {
  const remote = (user: string | undefined) => (user === undefined || user === 'root' ? PODMAN_SOCKET : undefined);
  const host = given(env, 'CONTAINER_HOST');
  if (host !== undefined) return [candidate('CONTAINER_HOST', host, undefined, remote)];
  const run = given(env, 'XDG_RUNTIME_DIR');
  const own = sockets([...(run === undefined ? [] : [join(run, 'podman', 'podman.sock')]), PODMAN_SOCKET]);
  const docker = given(env, 'DOCKER_HOST');
  // Through ssh only where the path says so: a second connection takes its time.
  if (docker === undefined || (docker.startsWith('ssh://') && !docker.includes('podman'))) return own;
  return [dockerHost(env, docker), ...own];
}

function dockerHost(env: Env, host: string): Candidate {
  const verify = given(env, 'DOCKER_TLS_VERIFY') !== undefined;
  const folder = given(env, 'DOCKER_CERT_PATH') ?? (verify ? join(home(env), '.docker') : undefined);
  let tls: TlsFiles | undefined;
  if (folder !== undefined && /^(tcp|https):/.test(host)) {
    // The docker command, too, speaks TLS as soon as there are certificates to speak it with.
    const read = readTls(folder, verify || given(env, 'DOCKER_TLS') === undefined);
    if (typeof read === 'string') return { source: 'DOCKER_HOST', address: shown(host), fault: read };
    if (verify && read.ca === undefined)
      return { source: 'DOCKER_HOST', address: shown(host), fault: `TLS: there is no ca.pem in ${folder}` };
    tls = read;
  }
  return candidate('DOCKER_HOST', host, tls, () => DOCKER_SOCKET);
}

function candidate(
  source: string,
  address: string,
  tls: TlsFiles | undefined,
  remoteSocket: (user: string | undefined) => string | undefined,
): Candidate {
  const endpoint = parseEndpoint(address, remoteSocket);
  if (typeof endpoint === 'string') return { source, address: shown(address), fault: endpoint };
  return { source, address, endpoint: tls === undefined ? endpoint : withTls(endpoint, tls) };
}

/** TLS moves the port that is meant where none is given. */
function withTls(endpoint: Endpoint, tls: TlsFiles): Endpoint {
  if (endpoint.type !== 'tcp') return endpoint;
  return { ...endpoint, tls: { ...endpoint.tls, ...tls } };
}

const sockets = (paths: readonly string[]): Candidate[] =>
  paths.map((socket) => ({ source: 'default', address: `unix://${socket}`, endpoint: { type: 'unix', socket } }));

/** An address as it may be shown: without what may be a password. */
const shown = (address: string): string => address.replace(/\/\/[^/@]*@/, '//…@');

const given = (env: Env, name: string): string | undefined => (env[name] === '' ? undefined : env[name]);

const home = (env: Env): string => given(env, 'HOME') ?? homedir();
