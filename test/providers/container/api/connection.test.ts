import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dockerCandidates, podmanCandidates } from '../../../../src/providers/container/api/connection/candidates.ts';
import { parseEndpoint } from '../../../../src/providers/container/api/connection/endpoint.ts';
import { versionOf } from '../../../../src/providers/container/api/connection/version.ts';
import { dockerRuntime } from '../../../../src/providers/container/api/docker.ts';
import { podmanRuntime } from '../../../../src/providers/container/api/podman.ts';
import { needs } from '../../../engines/engines.ts';
import { context } from './engine-raw.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'pj-connect-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const options = (env: Record<string, string>) => ({
  dir,
  project: 'connect',
  env: { HOME: dir, PATH: '/usr/bin:/bin', ...env },
});
const probe = async (runtime: ReturnType<typeof dockerRuntime>) => {
  try {
    return await runtime.probe(context);
  } finally {
    await runtime.close();
  }
};
const PATH_OF = (address: string) => ({
  source: 'default',
  address: `unix://${address}`,
  endpoint: { type: 'unix', socket: address },
});

describe('where an engine is looked for', () => {
  it('is what the docker command says: DOCKER_HOST, a context, its sockets', () => {
    expect(dockerCandidates({ HOME: '/h', XDG_RUNTIME_DIR: '/r' })).toEqual(
      ['/var/run/docker.sock', '/r/docker.sock', '/h/.docker/run/docker.sock'].map(PATH_OF),
    );
    expect(dockerCandidates({ DOCKER_HOST: 'tcp://h:1' })).toMatchObject([
      { endpoint: { type: 'tcp', host: 'h', port: 1 } },
    ]);
    expect(podmanCandidates({ XDG_RUNTIME_DIR: '/r' })).toEqual(
      ['/r/podman/podman.sock', '/run/podman/podman.sock'].map(PATH_OF),
    );
    expect(podmanCandidates({ CONTAINER_HOST: 'unix:///p', DOCKER_HOST: 'unix:///d' })).toHaveLength(1);
    expect(podmanCandidates({ DOCKER_HOST: 'unix:///d' }).map(({ source }) => source)).toEqual([
      'DOCKER_HOST',
      'default',
    ]);
  });

  it.each([
    ['tcp://', 'it names no host'],
    ['unix://relative', 'the path of a socket must be absolute'],
    ['ssh://user:word@host', 'a password does not belong into an address'],
    ['ssh://-oProxyCommand=x', 'it names no host'],
    ['fd://host', 'pj cannot speak to fd://'],
  ])('is refused where it is none: %s', (address, why) => {
    expect(parseEndpoint(address, () => '/s')).toBe(why);
  });

  it('never shows what may be a password', () => {
    const [one] = dockerCandidates({ DOCKER_HOST: 'ssh://user:hunter2@host' });
    expect(JSON.stringify(one)).not.toContain('hunter2');
  });

  it('is left where who answers is too old, another engine, or none', () => {
    const docker = { Version: '20.10.24+dfsg1', ApiVersion: '1.41', MinAPIVersion: '1.12' };
    expect(versionOf(docker, 'docker')).toEqual({ text: '20.10.24', api: 'v1.41', libpod: 'v4.0.0' });
    expect(versionOf({ ...docker, ApiVersion: '1.52', MinAPIVersion: '1.44' }, 'docker')).toMatchObject({
      api: 'v1.44',
    });
    expect(versionOf({ ...docker, ApiVersion: '1.39' }, 'docker')).toMatch(/too old/);
    expect(versionOf({ ...docker, Components: [{ Name: 'Podman Engine' }] }, 'docker')).toBe(
      'it is Podman 20.10.24, not Docker',
    );
    expect(versionOf(docker, 'podman')).toBe('it is Docker 20.10.24, not Podman');
    expect(versionOf('<html>', 'docker')).toBe('what answers there is no container engine');
  });
});

describe('an engine that does not answer', () => {
  it('is told with each place that was tried, and what to do', async () => {
    const answer = await probe(dockerRuntime(options({ DOCKER_HOST: `unix://${dir}/no.sock` })));
    expect(answer).toMatchObject({
      usable: false,
      reason: `unix://${dir}/no.sock (DOCKER_HOST): not there`,
      install: expect.stringMatching(/^Correct what says where it is: DOCKER_HOST\./) as string,
    });
    const missing = await probe(dockerRuntime(options({ DOCKER_CONTEXT: 'prod' })));
    expect(missing).toMatchObject({ usable: false, reason: 'prod (DOCKER_CONTEXT prod): there is no such context' });
  });

  it('and holds the line without a word is not waited for without end', async () => {
    const mute = createTcpServer((socket) => void socket.resume().on('error', () => undefined));
    await new Promise<void>((ready) => mute.listen(0, '127.0.0.1', ready));
    const runtime = dockerRuntime(options({ DOCKER_HOST: `tcp://127.0.0.1:${(mute.address() as AddressInfo).port}` }));
    const aborted = AbortSignal.timeout(300);
    await expect(runtime.probe({ ...context, signal: aborted })).rejects.toThrow(/timeout/);
    await runtime.close();
    await new Promise((closed) => mute.close(closed));
  });
});

needs('docker', 'podman')('the engines here', ({ docker, podman }) => {
  it('answer on their sockets, and are not taken for each other', async () => {
    expect(await probe(dockerRuntime(options({ DOCKER_HOST: `unix://${docker.socket}` })))).toMatchObject({
      usable: true,
    });
    expect(await probe(podmanRuntime(options({ CONTAINER_HOST: `unix://${podman.socket}` })))).toMatchObject({
      usable: true,
    });
    expect(await probe(dockerRuntime(options({ DOCKER_HOST: `unix://${podman.socket}` })))).toMatchObject({
      usable: false,
      reason: expect.stringMatching(/it is Podman .*, not Docker$/) as string,
      install: 'Say container.runtime: podman for what answers there.',
    });
  });

  it('answer through a context of the docker command', async () => {
    const id = createHash('sha256').update('here').digest('hex');
    const meta = join(dir, '.docker/contexts/meta', id);
    mkdirSync(meta, { recursive: true });
    const Endpoints = { docker: { Host: `unix://${docker.socket}`, SkipTLSVerify: false } };
    writeFileSync(join(meta, 'meta.json'), JSON.stringify({ Name: 'here', Metadata: {}, Endpoints }));
    writeFileSync(join(dir, '.docker/config.json'), JSON.stringify({ currentContext: 'here' }));
    expect(await probe(dockerRuntime(options({})))).toMatchObject({ usable: true, notes: [`unix://${docker.socket}`] });
  });

  it('answer over TLS to who has a certificate and trusts theirs', async () => {
    const run = (...args: string[]) => execFileSync('openssl', args, { cwd: dir, stdio: 'pipe' });
    run(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=test ca',
      '-keyout',
      'ca-key.pem',
      '-out',
      'ca.pem',
    );
    for (const name of ['server', 'client']) {
      run(
        'req',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-subj',
        `/CN=${name}`,
        '-keyout',
        `${name}-key.pem`,
        '-out',
        `${name}.csr`,
      );
      writeFileSync(join(dir, 'ext'), 'subjectAltName=IP:127.0.0.1\n');
      const by = ['-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-CAcreateserial', '-days', '2', '-extfile', 'ext'];
      run('x509', '-req', '-in', `${name}.csr`, ...by, '-out', `${name}.pem`);
    }
    const read = (name: string) => readFileSync(join(dir, name));
    const certs = join(dir, 'certs');
    mkdirSync(certs);
    for (const [from, to] of [
      ['ca.pem', 'ca.pem'],
      ['client.pem', 'cert.pem'],
      ['client-key.pem', 'key.pem'],
    ] as const)
      writeFileSync(join(certs, to), read(from));
    const server = createServer(
      {
        key: read('server-key.pem'),
        cert: read('server.pem'),
        ca: read('ca.pem'),
        requestCert: true,
        rejectUnauthorized: true,
      },
      (socket) => {
        const engine = connect(docker.socket);
        socket.pipe(engine).pipe(socket);
        for (const one of [socket, engine]) one.on('error', () => undefined);
        socket.once('close', () => engine.destroy());
      },
    );
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    const DOCKER_HOST = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const trusted = { DOCKER_HOST, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: certs };
      expect(await probe(dockerRuntime(options(trusted)))).toMatchObject({ usable: true });
      const runtime = dockerRuntime(options(trusted));
      expect(await runtime.things.container.list({ project: 'connect', lineage: 'none' }, context)).toEqual([]);
      await runtime.close();
      rmSync(join(certs, 'ca.pem'));
      writeFileSync(join(certs, 'ca.pem'), read('client.pem'));
      expect(await probe(dockerRuntime(options(trusted)))).toMatchObject({
        usable: false,
        reason: expect.stringContaining('TLS: ') as string,
      });
    } finally {
      await new Promise((closed) => server.close(closed));
    }
  }, 180_000);
});

needs('docker', 'ssh')('an engine on another host', ({ docker, ssh }) => {
  const env = (host: string) => ({ DOCKER_HOST: host, PATH: `${ssh.binDir}:/usr/bin:/bin`, XDG_RUNTIME_DIR: dir });

  it('answers through ssh, and no ssh and no socket is left', async () => {
    const runtime = dockerRuntime(options(env(`ssh://${ssh.host}${docker.socket}`)));
    expect(await runtime.probe(context)).toMatchObject({ usable: true });
    expect(await runtime.things.container.list({ project: 'connect', lineage: 'none' }, context)).toEqual([]);
    await runtime.close();
    expect(readdirSync(dir).filter((name) => name.startsWith('pj-ssh-'))).toEqual([]);
  });

  it('that does not let us in is told in the words of ssh', async () => {
    const answer = await probe(dockerRuntime(options(env('ssh://nobody-of-that-name@127.0.0.1'))));
    expect(answer).toMatchObject({
      usable: false,
      reason: expect.stringMatching(/ssh: .*(denied|refused)/i) as string,
    });
  });
});
