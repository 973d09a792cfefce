import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { API_JAR, HOST_JAR, HostClient, javaHomes, startHost } from '../../support/java-host.ts';
import { failure, withHost } from './with-host.ts';

const SOURCES = {
  'app.Slow': `package app;
public class Slow {
  public static void main(String[] args) throws Exception {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      try { Thread.sleep(Long.parseLong(args[0])); } catch (InterruptedException e) { }
      System.out.println("down " + System.nanoTime());
    }));
    System.out.println("up");
    Thread.sleep(Long.MAX_VALUE);
  }
}`,
};
const errorOf = (line: string): { id: unknown; code: string; message: string } => {
  const reply = JSON.parse(line) as { id: unknown; error: { code: string; message: string } };
  return { id: reply.id, code: reply.error.code, message: reply.error.message };
};

function ended(child: ChildProcess): Promise<{ code: number | null; text: string }> {
  let text = '';
  child.stderr?.on('data', (data) => {
    text += String(data);
  });
  return new Promise((done) => child.on('close', (code) => done({ code, text })));
}

describe.each(javaHomes())('the socket of a host JVM, Java $feature', (jdk) => {
  const at = withHost(jdk, SOURCES);

  it('is for its user alone, and tells what the host is', async () => {
    const { host } = at;
    expect(statSync(host.socket).mode & 0o777).toBe(0o600);
    const hello = await host.call('hello', {});
    expect(hello).toMatchObject({ protocol: 1, version: '0.0.0-test', pid: host.process.pid, leaks: [] });
    expect(hello.java).toMatchObject({ feature: jdk.feature });
    expect(hello.heap.max).toBeGreaterThan(64 << 20);
    expect(hello.heap.used).toBeLessThanOrEqual(hello.heap.committed);
  });

  it.each([
    ['{', 'not JSON'],
    ['[1]', 'an object is needed'],
    ['{"id":1,"id":2}', 'twice'],
    ['{"id":null,"method":"hello"}', 'id: a number or a string is needed'],
    ['{"id":"x","method":5}', 'method: a string is needed'],
    ['{"id":"x","method":"nope"}', 'method: there is no nope'],
    ['{"id":"x","method":"hello","params":[]}', 'params: an object is needed'],
    ['{"id":"x","method":"stop","params":{"key":"","gracePeriod":1}}', 'key: it must not be empty'],
    ['{"id":"x","method":"stop","params":{"key":"a","gracePeriod":-1}}', 'gracePeriod: a number of at least 0'],
    ['{"id":"x","method":"deploy","params":{}}', 'app: an object is needed'],
    [
      '{"id":"x","method":"deploy","params":{"app":{"key":"a@1","logs":{},"volumes":[{"name":"v","path":"rel"}]}}}',
      'volumes[0].path: an absolute path',
    ],
    ['"\\ud800\\x"', 'an escape that JSON does not have'],
    ['['.repeat(300), 'more than 200 levels'],
    ['{"id":1e999}', 'too large'],
    ['01', 'something after the value'],
  ])('answers %#: %.60s with bad-request', async (line, says) => {
    const client = await HostClient.connect(at.host.socket);
    const error = errorOf(await client.raw(`${line}\n`));
    expect(error.code).toBe('bad-request');
    expect(error.message).toContain(says);
    expect(await client.call('hello', {})).toMatchObject({ protocol: 1 });
    client.close();
  });

  it('answers bytes that are not UTF-8, and empty lines not at all', async () => {
    const client = await HostClient.connect(at.host.socket);
    expect(errorOf(await client.raw(Buffer.from([0x0a, 0x0a, 0x22, 0xff, 0x22, 0x0a])))).toMatchObject({
      id: null,
      message: 'not UTF-8',
    });
    expect(await client.call('hello', {})).toMatchObject({ protocol: 1 });
    client.close();
  });

  it('refuses a line without end, and serves others', async () => {
    const client = await HostClient.connect(at.host.socket);
    expect(errorOf(await client.raw(Buffer.alloc((16 << 20) + 1, 'x')))).toMatchObject({ code: 'bad-request' });
    client.close();
    expect(await at.host.call('hello', {})).toMatchObject({ protocol: 1 });
  });

  it('keeps every character of what it is given', async () => {
    const odd = 'ä€😀"\\\n\t\u0001\u2028\ud800/';
    const app = at.app('odd', 'app.Slow', { properties: { odd }, args: [odd] });
    await at.host.call('deploy', { app });
    const recalled = (await at.host.call('recall', {})).find((one) => one.app.id === 'odd');
    expect(recalled?.app).toEqual({ ...app });
    await at.host.call('undeploy', { key: app.key, gracePeriod: 0 });
  });

  it('refuses applications of another state', async () => {
    const error = await failure(
      at.host.call('deploy', { app: at.app('foreign', 'app.Slow', { lineage: 'not-mine' }) }),
    );
    expect(error).toMatchObject({ code: 'other-lineage', details: { lineage: at.host.lineage } });
    expect((await failure(at.host.call('update', { app: at.app('nobody', 'app.Slow') }))).code).toBe('not-deployed');
  });

  it('is not held up by a slow call; calls on one application wait for each other', async () => {
    const { host } = at;
    const app = at.app('slow', 'app.Slow', { args: ['700'] });
    await host.call('start', { app, run: 'r1' });
    await host.until('slow', () => host.out('slow') === 'up\n');
    const order: string[] = [];
    const stop = host.call('stop', { key: app.key, gracePeriod: 5 }).then(() => order.push('stop'));
    await new Promise((done) => setTimeout(done, 50));
    const start = host.call('start', { app, run: 'r2' }).then((state) => order.push(`start ${state.phase}`));
    expect((await host.state('slow'))?.phase).toBe('stopping');
    const other = await HostClient.connect(host.socket);
    await Promise.all(Array.from({ length: 600 }, () => other.call('hello', {})));
    other.close();
    order.push('hello');
    await Promise.all([stop, start]);
    expect(order).toEqual(['hello', 'stop', 'start running']);
    await host.call('undeploy', { key: app.key, gracePeriod: 5 });
  });
});

describe.each(javaHomes())('the end of a host JVM, Java $feature', (jdk) => {
  const at = withHost(jdk, SOURCES);

  it.each(['SIGTERM', 'shutdown'])('by %s stops the applications, latest first, and leaves nothing', async (how) => {
    const host = await startHost({ jdk });
    try {
      for (const id of ['a', 'b', 'c']) {
        await host.call('start', {
          app: host.app({ id, mainClass: 'app.Slow', classpath: [at.classes], args: ['100'] }),
          run: 'r',
        });
        await host.until(id, () => host.out(id) === 'up\n');
      }
      if (how === 'SIGTERM') {
        host.process.kill('SIGTERM');
        expect(await host.exited()).toBe(143);
      } else {
        const ending = host.call('shutdown', { gracePeriod: 5 });
        await new Promise((done) => setTimeout(done, 50));
        const refused = await failure(
          host.call('deploy', { app: host.app({ id: 'late', mainClass: 'x', classpath: [] }) }),
        );
        expect(refused.code).toBe('ending');
        expect(await ending).toBeNull();
        expect(await host.exited()).toBe(0);
      }
      const [a = 0, b = 0, c = 0] = ['a', 'b', 'c'].map((id) => Number(/down (\d+)/.exec(host.out(id))?.[1]));
      expect(c).toBeGreaterThan(0);
      expect(c).toBeLessThan(b);
      expect(b).toBeLessThan(a);
      expect(existsSync(host.socket)).toBe(false);
    } finally {
      await host.end();
    }
  });

  it('by kill -9 leaves its socket file and nothing else; the next host replaces it', async () => {
    const host = await startHost({ jdk });
    let next: Awaited<ReturnType<typeof startHost>> | undefined;
    try {
      const app = host.app({ id: 'a', mainClass: 'app.Slow', classpath: [at.classes, HOST_JAR], args: ['1'] });
      await host.call('start', { app, run: 'r' });
      host.process.kill('SIGKILL');
      await host.exited();
      expect(readdirSync(host.dir).sort()).toEqual(['a.err', 'a.out', 'host']);
      next = await startHost({ jdk, dir: host.dir, lineage: host.lineage });
      expect((await next.call('list', {})).apps).toEqual([]);
      expect(readdirSync(host.dir).sort()).toEqual(['a.err', 'a.out', 'host']);
    } finally {
      await next?.end();
      await host.end();
    }
  });

  it('leaves a socket that another listens on alone', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'pj-jvm-'));
    const socket = join(dir, 'host');
    const server = createServer().listen(socket);
    try {
      const args = [
        '-cp',
        `${HOST_JAR}:${API_JAR}`,
        'io.pj.host.Main',
        '--socket',
        socket,
        '--lineage',
        'l',
        '--version',
        'v',
      ];
      const ran = await ended(spawn(join(jdk.home, 'bin/java'), args, { stdio: ['ignore', 'ignore', 'pipe'] }));
      expect(ran.code).toBe(2);
      expect(ran.text).toContain('another host listens on');
      expect(readdirSync(dir)).toEqual(['host']);
    } finally {
      server.close();
      rmSync(dir, { recursive: true, force: true });
    }
  });

  it('says what is wrong with its arguments', () => {
    for (const args of [['--socket'], ['--what', 'x'], ['--socket', '/tmp/x', '--lineage', 'l']]) {
      const ran = spawnSync(join(jdk.home, 'bin/java'), ['-cp', `${HOST_JAR}:${API_JAR}`, 'io.pj.host.Main', ...args], {
        encoding: 'utf8',
      });
      expect(ran.status).toBe(2);
      expect(ran.stderr).toMatch(/needs a value|unknown argument|are needed/);
    }
  });
});
