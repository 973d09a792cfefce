import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectHost, type HostClient, refusalIn } from '../../src/jvm/client.ts';
import { openHosts } from '../../src/jvm/hosts.ts';
import { compileJava, HOST_JAR, javaHomes, startHost, type TestHost } from '../support/java-host.ts';

const silent = (reason: RegExp) =>
  expect.objectContaining({ code: 'PJ5603', message: expect.stringMatching(new RegExp(`jvm.x.*${reason.source}`)) });

describe('the client of a host, and what is not one', () => {
  let dir: string;
  let path: string;
  let server: Server | undefined;
  let clients: HostClient[];
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'pj-client-'));
    path = join(dir, 'host');
    clients = [];
  });
  afterEach(async () => {
    for (const one of clients) one.close();
    await new Promise((done) => (server === undefined ? done(undefined) : server.close(done)));
    server = undefined;
    rmSync(dir, { recursive: true, force: true });
  });
  /** Something that listens there and does as it likes. */
  const serve = (act: (socket: Socket, lines: string[]) => void): Promise<void> => {
    const lines: string[] = [];
    server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        lines.push(...chunk.toString().trim().split('\n'));
        act(socket, lines);
      });
    });
    return new Promise((done) => server?.listen(path, done));
  };
  const open = async (): Promise<HostClient> => {
    const client = await connectHost(path, 'jvm.x');
    clients.push(client);
    return client;
  };

  it('connects to nothing but a socket of its own user in a folder that nobody else may use', async () => {
    await expect(open()).rejects.toEqual(silent(/is not there/));
    writeFileSync(path, 'mine');
    await expect(open()).rejects.toEqual(silent(/something else stands at/));
    rmSync(path);
    mkdirSync(path);
    await expect(open()).rejects.toEqual(silent(/something else stands at/));
    rmSync(path, { recursive: true });
    await serve(() => undefined);
    chmodSync(dir, 0o755);
    await expect(open()).rejects.toEqual(silent(/only you may use/));
    chmodSync(dir, 0o700);
    expect((await open()).usable).toBe(true);
  });

  it('says so where nobody listens any more', async () => {
    await serve(() => undefined);
    // The file stays, as after a kill.
    const child = await import('node:child_process');
    child.execFileSync('python3', [
      '-c',
      `import socket,sys\ns=socket.socket(socket.AF_UNIX)\ns.bind(sys.argv[1])`,
      `${path}2`,
    ]);
    await expect(connectHost(`${path}2`, 'jvm.x')).rejects.toEqual(silent(/nobody listens/));
  });

  it('gives up after its time, and when it is told to, and answers that come later hurt nobody', async () => {
    await serve((socket, lines) => {
      if (lines.length === 3) for (const id of [1, 2, 3]) socket.write(`{"id":${id},"result":{"late":true}}\n`);
    });
    const client = await open();
    await expect(client.call('hello', {}, { timeout: 0.05 })).rejects.toEqual(
      silent(/no answer to hello within 0.05 s/),
    );
    const stop = new AbortController();
    const waiting = client.call('list', {}, { signal: stop.signal });
    setTimeout(() => stop.abort(new Error('enough')), 20);
    await expect(waiting).rejects.toThrow('enough');
    await expect(client.call('list', {}, { signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before');
    expect(await client.call('hello', {})).toEqual({ late: true });
  });

  it('takes answers in any order, in pieces, many in one, with characters cut in two', async () => {
    await serve((socket, lines) => {
      if (lines.length < 3) return;
      const text = Buffer.from(
        `{"id":3,"result":"drei ü"}\n{"id":1,"result":"eins"}\n{"id":9,"result":0}\n{"id":2,"result":null}\n`,
      );
      for (let at = 0; at < text.length; at += 7) socket.write(text.subarray(at, at + 7));
    });
    const client = await open();
    expect(await Promise.all([client.call('hello', {}), client.call('hello', {}), client.call('hello', {})])).toEqual([
      'eins',
      null,
      'drei ü',
    ]);
  });

  it('fails every call under way when the other end goes, or talks nonsense', async () => {
    await serve((socket, lines) => {
      if (lines.length === 2) socket.destroy();
    });
    const client = await open();
    const calls = [client.call('hello', {}), client.call('list', {})];
    for (const one of await Promise.allSettled(calls))
      expect(one).toMatchObject({
        status: 'rejected',
        reason: { code: 'PJ5603', message: expect.stringMatching(/middle of a call/) },
      });
    expect(client.usable).toBe(false);
    await expect(client.call('hello', {})).rejects.toEqual(silent(/middle of a call/));
    server?.close();
    rmSync(path, { force: true });
    await serve((socket) => socket.write('Hello, World!\n'));
    await expect((await open()).call('hello', {})).rejects.toEqual(silent(/makes no sense/));
  });

  it('turns what a host refuses into the error that tells what to do', async () => {
    const answers: [object, string, RegExp][] = [
      [
        { code: 'start-failed', message: 'no class a.Main' },
        'PJ5604',
        /web did not start in the JVM jvm.x: no class a.Main/,
      ],
      [
        { code: 'threads-remain', message: 'two', details: { threads: [{ name: 'spin' }, { name: 'wait' }] } },
        'PJ5605',
        /web does not end in the JVM jvm.x: spin, wait/,
      ],
      [{ code: 'threads-remain', message: '"spin" at A.b' }, 'PJ5605', /: "spin" at A.b/],
      [{ code: 'other-lineage', message: 'x', details: { lineage: 'f00d' } }, 'PJ5607', /lineage f00d/],
      [{ code: 'ending', message: 'x' }, 'PJ5603', /about to end/],
      [{ code: 'bad-request', message: 'args: a list' }, 'PJ5606', /refused to stop web: args: a list/],
      [{ code: 'never-heard-of' }, 'PJ5606', /gave no reason/],
    ];
    await serve((socket, lines) => {
      const answer = answers[lines.length - 1]?.[0];
      socket.write(`${JSON.stringify({ id: lines.length, error: answer })}\n`);
    });
    const client = await open();
    for (const [told, code, message] of answers) {
      const failed = await client.call('stop', { key: 'web@1', gracePeriod: 1 }).catch((error: unknown) => error);
      expect(failed).toMatchObject({ code, message: expect.stringMatching(message) });
      expect(refusalIn(failed)).toBe((told as { code: string }).code);
    }
  });

  it('asks once for all who look at the same time, and connects again after the host was restarted', async () => {
    const answer = (socket: Socket, lines: string[]) =>
      void sleep(30).then(() => socket.write(`{"id":${JSON.parse(lines.at(-1) ?? '').id},"result":{"apps":[]}}\n`));
    let asked: string[] = [];
    const listening = () =>
      serve((socket, lines) => {
        asked = lines;
        answer(socket, lines);
      });
    await listening();
    const [one, other] = [openHosts(), openHosts()];
    try {
      const stop = new AbortController();
      const given = one.at(path, 'jvm.x').list({ signal: stop.signal });
      const kept = [other.at(path, 'jvm.x').list(), other.at(path, 'jvm.x').list()];
      stop.abort(new Error('enough'));
      await expect(given).rejects.toThrow('enough');
      expect(await Promise.all(kept)).toEqual([{ apps: [] }, { apps: [] }]);
      // The first asked alone; both who came meanwhile share the next answer.
      expect(asked).toHaveLength(2);
      one.close();
      expect(await other.at(path, 'jvm.x').list()).toEqual({ apps: [] });
      const gone = new Promise((done) => server?.close(done));
      other.close();
      await gone;
      rmSync(path, { force: true });
      await expect(other.at(path, 'jvm.x').list()).rejects.toEqual(silent(/is not there/));
      setTimeout(() => void listening(), 150);
      expect(await other.at(path, 'jvm.x').list({ patience: 5 })).toEqual({ apps: [] });
    } finally {
      one.close();
      other.close();
    }
  });
});

const [jdk] = javaHomes();
describe.skipIf(jdk === undefined || !existsSync(HOST_JAR))('the client of a real host', () => {
  let host: TestHost;
  let work: string;
  let classes: string;
  beforeAll(async () => {
    work = mkdtempSync(join(tmpdir(), 'pj-client-app-'));
    classes = await compileJava(work, {
      'app.Waits':
        'package app; public class Waits { public static void main(String[] a) throws Exception { Thread.sleep(1000000); } }',
      'app.Spins': `package app; public class Spins { public static volatile boolean end; public static void main(String[] a) {
        long until = System.nanoTime() + 60_000_000_000L; while (!end && System.nanoTime() < until) Thread.onSpinWait(); } }`,
      'app.Throws':
        'package app; public class Throws { public static void main(String[] a) { throw new IllegalStateException("at once"); } }',
    });
    host = await startHost();
  }, 180_000);
  afterAll(async () => {
    await host?.end();
    rmSync(work, { recursive: true, force: true });
  });

  it('deploys, starts, lists, stops and undeploys over one connection', async () => {
    const client = await connectHost(host.socket, 'jvm.x');
    try {
      expect(await client.call('hello', {})).toMatchObject({ protocol: 1, pid: host.process.pid });
      const apps = ['a', 'b', 'c', 'd'].map((id) => host.app({ id, mainClass: 'app.Waits', classpath: [classes] }));
      await Promise.all(apps.map((app) => client.call('deploy', { app })));
      const started = await Promise.all(apps.map((app) => client.call('start', { app, run: 'r1' })));
      expect(started.map(({ phase }) => phase)).toEqual(['running', 'running', 'running', 'running']);
      const { apps: listed } = await client.call('list', {});
      expect(listed.map(({ key }) => key)).toEqual(['a@1', 'b@1', 'c@1', 'd@1']);
      await Promise.all(apps.map(({ key }) => client.call('stop', { key, gracePeriod: 5 })));
      const gone = await Promise.all(apps.map(({ key }) => client.call('undeploy', { key, gracePeriod: 5 })));
      expect(gone.map((one) => one?.leak)).toEqual([null, null, null, null]);
      expect((await client.call('list', {})).apps).toEqual([]);
    } finally {
      client.close();
    }
  }, 180_000);

  it('says what a host refuses: another state’s application, a class that is not there, a thread that ignores interrupts', async () => {
    const client = await connectHost(host.socket, 'jvm.x');
    try {
      const theirs = host.app({ id: 'theirs', mainClass: 'app.Waits', classpath: [classes], lineage: 'f00d' });
      await expect(client.call('deploy', { app: theirs })).rejects.toMatchObject({ code: 'PJ5607' });
      const none = host.app({ id: 'none', mainClass: 'app.NotThere', classpath: [classes] });
      await expect(client.call('start', { app: none, run: 'r' })).rejects.toMatchObject({
        code: 'PJ5604',
        message: expect.stringContaining('app.NotThere'),
      });
      const spins = host.app({ id: 'spins', mainClass: 'app.Spins', classpath: [classes] });
      await client.call('start', { app: spins, run: 'r' });
      await expect(client.call('stop', { key: 'spins@1', gracePeriod: 0.3 })).rejects.toMatchObject({
        code: 'PJ5605',
        message: expect.stringContaining('main'),
      });
      // A call that takes its time holds up no other.
      const slow = client.call('stop', { key: 'spins@1', gracePeriod: 5 }).catch((error: unknown) => error);
      const before = performance.now();
      await client.call('hello', {});
      expect(performance.now() - before).toBeLessThan(4_500);
      expect(await slow).toMatchObject({ code: 'PJ5605' });
    } finally {
      client.close();
    }
  }, 180_000);
});
