import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProbeRequest, Verdict } from '../../src/applier/contract.ts';
import { healthProbe } from '../../src/health/probe.ts';
import type { HealthCheck, Spec } from '../../src/model/spec.ts';

let dir = '';
let server: http.Server;
let port = 0;
const sockets = new Set<net.Socket>();
const seen: { url: string; headers: http.IncomingHttpHeaders }[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pj-health-'));
  server = http.createServer((request, response) => {
    seen.push({ url: request.url ?? '', headers: request.headers });
    const status = Number(request.url?.slice(1)) || 200;
    if (request.url === '/slow') return;
    if (request.url === '/endless') return void response.write('x'.repeat(100_000));
    response.writeHead(status, status === 302 ? { location: '/500' } : {}).end('hello');
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});

afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
  await rm(dir, { recursive: true, force: true });
});

/** One probe with a probe of its own, so that no test sees what another one has read. */
function probe(
  check: HealthCheck,
  more: Partial<ProbeRequest> & { spec?: Spec; signal?: AbortSignal } = {},
): Promise<Verdict> {
  const { signal = new AbortController().signal, spec = {}, ...request } = more;
  return healthProbe({ dir, env: { PATH: process.env['PATH'] } })(
    { id: 'web', attributes: {}, logFiles: [], ...request, spec: { ...spec, healthCheck: check } },
    signal,
  );
}

describe('where a check looks', () => {
  it.each([
    ['the address that the engine tells', { attributes: { address: '127.0.0.1' } }],
    ['the address of an external, which the state may not know', { spec: { external: { address: '127.0.0.1' } } }],
  ])('is %s', async (_, more) => {
    expect(await probe({ type: 'tcp', port }, more)).toEqual({ healthy: true });
    const elsewhere = JSON.parse(JSON.stringify(more).replaceAll('127.0.0.1', '127.0.0.2')) as typeof more;
    const free = await freePort();
    expect(await probe({ type: 'tcp', port: free }, elsewhere)).toMatchObject({
      reason: `tcp 127.0.0.2:${free} → connection refused`,
    });
  });
});

/** A port on which nobody listens. */
async function freePort(): Promise<number> {
  const taken = net.createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port: free } = taken.address() as AddressInfo;
  await new Promise((resolve) => taken.close(resolve));
  return free;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('it did not come to be within 30 s');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('http', () => {
  const at = (path: string, more: HealthCheck = {}): HealthCheck => ({
    type: 'http',
    url: `http://127.0.0.1:${port}${path}`,
    ...more,
  });

  it.each([200, 204, 301, 302, 399])('%i is healthy, redirects are not followed', async (status) => {
    expect(await probe(at(`/${status}`))).toEqual({ healthy: true });
  });

  it.each([
    [404, '404 Not Found'],
    [500, '500 Internal Server Error'],
  ])('%i is not, and the reason says so', async (status, text) => {
    expect(await probe(at(`/${status}`))).toEqual({
      healthy: false,
      reason: `GET http://127.0.0.1:${port}/${status} → ${text}`,
    });
  });

  it('expectedStatus decides where it is given', async () => {
    expect(await probe(at('/404', { expectedStatus: [404] }))).toEqual({ healthy: true });
    expect((await probe(at('/200', { expectedStatus: [404] }))).healthy).toBe(false);
  });

  it('a machine that has no address yet is not looked for on this host', async () => {
    const spec = { vm: {} };
    const unknown = { healthy: false, reason: 'its address is not known yet' };
    expect(await probe({ type: 'http', port }, { spec })).toEqual(unknown);
    expect(await probe({ type: 'tcp', port }, { spec })).toEqual(unknown);
    expect(await probe({ type: 'tcp', port }, { spec, attributes: { address: '127.0.0.1' } })).toEqual({
      healthy: true,
    });
  });

  it('port, host and path stand in for a url; the address of the workload for the host', async () => {
    expect(await probe({ type: 'http', port, path: '204' })).toEqual({ healthy: true });
    expect(seen.at(-1)?.url).toBe('/204');
    expect(await probe({ type: 'http', port }, { attributes: { address: '127.0.0.1' } })).toEqual({ healthy: true });
    expect(await probe({ type: 'http', port, host: '127.0.0.1' }, { attributes: { address: '192.0.2.1' } })).toEqual({
      healthy: true,
    });
  });

  it('nobody there', async () => {
    const free = await freePort();
    expect(await probe({ type: 'http', url: `http://127.0.0.1:${free}/` })).toEqual({
      healthy: false,
      reason: `GET http://127.0.0.1:${free}/ → connection refused`,
    });
  });

  it('no answer in time', async () => {
    expect(await probe(at('/slow', { timeout: 0.1 }))).toEqual({
      healthy: false,
      reason: `GET http://127.0.0.1:${port}/slow → no answer within 0.1 s`,
    });
  });

  it('an answer that never ends is an answer, and its connection is closed', async () => {
    expect(await probe(at('/endless'))).toEqual({ healthy: true });
    await until(async () => sockets.size === 0);
  });

  it('asks on a connection of its own', async () => {
    await probe(at('/200'));
    expect(seen.at(-1)?.headers.connection).toBe('close');
  });

  it('user and password are sent and not told', async () => {
    const verdict = await probe({ type: 'http', url: `http://user:hunter22@127.0.0.1:${port}/500` });
    expect(seen.at(-1)?.headers.authorization).toBe(`Basic ${Buffer.from('user:hunter22').toString('base64')}`);
    expect(JSON.stringify(verdict)).not.toContain('hunter22');
  });

  it.each([
    ['not a url', 'is not valid'],
    ['ftp://127.0.0.1/', 'neither http nor https'],
  ])('%s is a reason, not an exception', async (url, reason) => {
    expect(await probe({ type: 'http', url })).toMatchObject({
      healthy: false,
      reason: expect.stringContaining(reason),
    });
  });

  it('a server that talks no http', async () => {
    const other = net.createServer((socket) => void socket.resume().end('SSH-2.0-nope\r\n'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    try {
      const verdict = await probe({ type: 'http', port: (other.address() as AddressInfo).port });
      expect(verdict.healthy).toBe(false);
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
  });

  it('ends when nobody waits any longer', async () => {
    const given = new AbortController();
    const verdict = probe(at('/slow'), { signal: given.signal });
    setTimeout(() => given.abort(), 20);
    expect(await verdict).toMatchObject({ healthy: false, reason: expect.stringContaining('given up') });
  });
});

describe('tcp', () => {
  it('is healthy when somebody listens', async () => {
    expect(await probe({ type: 'tcp', port })).toEqual({ healthy: true });
  });

  it('is not when nobody does', async () => {
    const free = await freePort();
    expect(await probe({ type: 'tcp', port: free })).toEqual({
      healthy: false,
      reason: `tcp 127.0.0.1:${free} → connection refused`,
    });
  });

  it.each([0, 70_000, 1.5])('%d is no port', async (bad) => {
    expect((await probe({ type: 'tcp', port: bad })).healthy).toBe(false);
  });
});

describe('exec', () => {
  const node = (code: string, ...args: string[]): HealthCheck => ({
    type: 'exec',
    command: [process.execPath, '-e', code, ...args],
  });

  it('exit code 0 is healthy', async () => {
    expect(await probe(node('process.exit(0)'))).toEqual({ healthy: true });
  });

  it('another one is not; the reason has the end of the output', async () => {
    const verdict = await probe(
      node('console.log("x".repeat(5000)); console.error("no\\n database"); process.exitCode = 3'),
    );
    expect(verdict).toMatchObject({
      healthy: false,
      reason: expect.stringMatching(/^\S*node → exit code 3: …x+ no database$/),
    });
    expect(verdict.healthy ? '' : verdict.reason.length).toBeLessThan(500);
  });

  it('runs in the workload’s directory with its environment and no shell', async () => {
    const work = await mkdtemp(join(dir, 'work-'));
    const check = node(
      'require("fs").writeFileSync("seen", JSON.stringify([process.cwd(), process.env.A, process.env.B, process.env.HOME, process.argv[1]]))',
      '$(id)',
    );
    const spec: Spec = {
      env: { A: 'env' },
      properties: { A: 'property', B: 'b' },
      native: { command: 'x', workdir: work.slice(dir.length + 1) },
    };
    expect(await probe(check, { spec })).toEqual({ healthy: true });
    expect(JSON.parse(await readFile(join(work, 'seen'), 'utf8'))).toEqual([work, 'env', 'b', null, '$(id)']);
  });

  it.skipIf(process.getuid?.() !== 0)('runs as the workload’s user', async () => {
    const check = node('process.exit(process.getuid() === 65534 && process.getgid() === 65534 ? 0 : 1)');
    const workdir = '/';
    expect(await probe(check, { spec: { native: { command: 'x', workdir, user: 'nobody' } } })).toEqual({
      healthy: true,
    });
    expect(await probe(check, { spec: { native: { command: 'x', workdir, user: 'no-such-user' } } })).toMatchObject({
      healthy: false,
      reason: expect.stringContaining('no user no-such-user'),
    });
  });

  it('on timeout the whole process group is killed, and what it printed is told', async () => {
    const pidFile = join(dir, `pid-${process.hrtime.bigint()}`);
    const check = node(
      `const c = require("child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], {stdio: "inherit"});
       require("fs").writeFileSync(process.argv[1], String(c.pid)); console.log("still trying"); setInterval(() => {}, 1000)`,
      pidFile,
    );
    const verdict = await probe({ ...check, timeout: 1.5 });
    expect(verdict).toMatchObject({
      healthy: false,
      reason: expect.stringContaining('no answer within 1.5 s: still trying'),
    });
    const pid = Number(await readFile(pidFile, 'utf8'));
    await until(async () => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      return stat === '' || stat.includes(') Z');
    });
  });

  it('something that it leaves behind with its output open does not hold it up', async () => {
    const check = node('require("child_process").spawn("sleep", ["20"], {stdio: "inherit"}).unref(); process.exit(0)');
    const begun = performance.now();
    expect(await probe(check)).toEqual({ healthy: true });
    expect(performance.now() - begun).toBeLessThan(15_000);
  });

  it.each([
    [['/no/such/program'], 'there is no such command'],
    [[''], 'empty command'],
    [['/etc/passwd'], 'permission denied'],
  ])('%j is a reason, not an exception', async (command, reason) => {
    expect(await probe({ type: 'exec', command })).toMatchObject({
      healthy: false,
      reason: expect.stringContaining(reason),
    });
  });
});

describe('no check beyond running', () => {
  it.each([{ type: 'process' as const }, { enabled: false, type: 'tcp' as const, port: 1 }, {}])(
    '%j is healthy',
    async (check) => {
      expect(await probe(check)).toEqual({ healthy: true });
    },
  );

  it.each([
    [{ type: 'http' as const }, 'neither a url nor a port'],
    [{ type: 'tcp' as const }, 'no port'],
    [{ type: 'exec' as const }, 'no command'],
    [{ type: 'log' as const }, 'no pattern'],
  ])('a check that is not whole is never healthy: %j', async (check, reason) => {
    expect(await probe(check)).toMatchObject({ healthy: false, reason: expect.stringContaining(reason) });
  });
});

describe('log', () => {
  const files = async (text?: string): Promise<string> => {
    const file = join(await mkdtemp(join(dir, 'log-')), 'web.out.log');
    if (text !== undefined) await writeFile(file, text);
    return file;
  };
  const check: HealthCheck = { type: 'log', pattern: 'ready on \\d+' };

  it('is healthy once a line matches, and stays so', async () => {
    const file = await files();
    const watch = healthProbe({ dir, env: {} });
    const ask = () =>
      watch(
        { id: 'web', spec: { healthCheck: check }, attributes: {}, logFiles: [file] },
        new AbortController().signal,
      );
    expect(await ask()).toEqual({ healthy: false, reason: 'no line of the log matches /ready on \\d+/ yet' });
    await writeFile(file, 'starting\nready ');
    expect((await ask()).healthy).toBe(false);
    await writeFile(file, 'on 8080', { flag: 'a' });
    expect(await ask()).toEqual({ healthy: true });
    await writeFile(file, '');
    expect(await ask()).toEqual({ healthy: true });
  });

  it('looks only at what was written since it was started', async () => {
    const old = 'ready on 1\n';
    const file = await files(`${old}starting\n`);
    const from = { logFiles: [file], logFrom: [old.length], startedAt: new Date().toISOString() };
    expect((await probe(check, from)).healthy).toBe(false);
    await writeFile(file, 'ready on 2\n', { flag: 'a' });
    expect((await probe(check, from)).healthy).toBe(true);
  });

  it('a file that was last written before the start holds nothing of it', async () => {
    const file = await files('ready on 1\n');
    const startedAt = new Date(Date.now() + 60_000).toISOString();
    expect((await probe(check, { logFiles: [file], startedAt })).healthy).toBe(false);
  });

  it('a file that was cut short by rotation is read from its beginning', async () => {
    const file = await files('x'.repeat(1000));
    const watch = healthProbe({ dir, env: {} });
    const ask = () =>
      watch(
        { id: 'web', spec: { healthCheck: check }, attributes: {}, logFiles: [file], logFrom: [0] },
        new AbortController().signal,
      );
    expect((await ask()).healthy).toBe(false);
    await writeFile(file, 'ready on 1\n');
    expect((await ask()).healthy).toBe(true);
  });

  it('a new start begins anew', async () => {
    const file = await files('ready on 1\n');
    const watch = healthProbe({ dir, env: {} });
    const ask = (logFrom: number) =>
      watch(
        { id: 'web', spec: { healthCheck: check }, attributes: {}, logFiles: [file], logFrom: [logFrom] },
        new AbortController().signal,
      );
    expect((await ask(0)).healthy).toBe(true);
    expect((await ask(11)).healthy).toBe(false);
  });

  it('finds a line among very much output, and a character that is cut in two by a read', async () => {
    const filler = `${'é'.repeat(99)}\n`;
    const file = await files(`a${filler.repeat(3000)}prêt sur 1\n`);
    expect((await probe({ type: 'log', pattern: '^prêt sur 1$' }, { logFiles: [file] })).healthy).toBe(true);
    expect((await probe({ type: 'log', pattern: '\ufffd' }, { logFiles: [file] })).healthy).toBe(false);
  });

  it.each([
    ['no log', [] as string[], 'x', 'no log'],
    ['a pattern that is none', ['/x'], '(', 'is not valid'],
    ['a directory', ['/'], 'x', 'EISDIR'],
  ])('%s is a reason, not an exception', async (_, logFiles, pattern, reason) => {
    expect(await probe({ type: 'log', pattern }, { logFiles })).toMatchObject({
      healthy: false,
      reason: expect.stringContaining(reason),
    });
  });
});
