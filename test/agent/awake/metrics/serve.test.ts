import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { activityFile } from '../../../../src/activity/log.ts';
import type { Part } from '../../../../src/agent/awake/contract.ts';
import { metricsPart } from '../../../../src/agent/awake/metrics/index.ts';
import { type MetricsServer, serveMetrics } from '../../../../src/agent/awake/metrics/server.ts';
import { eventually } from '../../ground.ts';
import { Ground } from './ground.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function served(render: () => Promise<string | undefined>): Promise<{ base: string; failed: unknown[] }> {
  const failed: unknown[] = [];
  const server: MetricsServer = await serveMetrics({ host: '127.0.0.1', port: 0 }, render, (error) =>
    failed.push(error),
  );
  closing.push(() => server.close());
  return { base: server.url.replace('/metrics', ''), failed };
}

describe('the server of the metrics', () => {
  it('answers GET and HEAD, 404, 405, and 400 to what it does not understand', async () => {
    const { base } = await served(() => Promise.resolve('a 1\n'));
    const got = await fetch(`${base}/metrics`);
    expect([got.status, got.headers.get('content-type'), await got.text()]).toEqual([
      ...[200, 'text/plain; version=0.0.4; charset=utf-8', 'a 1\n'],
    ]);
    const head = await fetch(`${base}/metrics`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '4', '']);
    expect((await fetch(`${base}/-/healthy`)).status).toBe(200);
    expect((await fetch(`${base}/`)).status).toBe(404);
    expect((await fetch(`${base}/metrics/`)).status).toBe(404);
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const refused = await fetch(`${base}/metrics`, { method });
      expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    }
    const { base: picky } = await served(() => Promise.resolve(undefined));
    expect((await fetch(`${picky}/metrics?collect[]=x`)).status).toBe(400);
  });

  it('answers 500 where the metrics cannot be made, says so, and goes on', async () => {
    let broken = true;
    const { base, failed } = await served(() => (broken ? Promise.reject(new Error('no')) : Promise.resolve('ok 1\n')));
    const answer = await fetch(`${base}/metrics`);
    expect([answer.status, await answer.text()]).toEqual([
      500,
      'the metrics could not be made: see the log of the agent\n',
    ]);
    expect(failed).toEqual([new Error('no')]);
    broken = false;
    expect((await fetch(`${base}/metrics`)).status).toBe(200);
  });

  it('survives what is no HTTP and who goes away in the middle', async () => {
    const { base } = await served(() => Promise.resolve('x'.repeat(4 << 20)));
    const port = Number(new URL(base).port);
    for (const text of [
      '\0\0garbage\r\n\r\n',
      'GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n',
      'GET //[ HTTP/1.1\r\nHost: a\r\n\r\n',
    ]) {
      await new Promise<void>((gone) => {
        const socket = connect(port, '127.0.0.1', () => socket.write(text, () => socket.destroy()));
        socket.on('close', () => gone());
      });
    }
    expect((await fetch(`${base}/-/healthy`)).status).toBe(200);
  });

  it('rejects where another listens', async () => {
    const { base } = await served(() => Promise.resolve(''));
    const where = { host: '127.0.0.1', port: Number(new URL(base).port) };
    await expect(
      serveMetrics(
        where,
        () => Promise.resolve(''),
        () => undefined,
      ),
    ).rejects.toThrow('EADDRINUSE');
  });
});

describe('the part of the metrics', () => {
  let ground: Ground;
  let part: Part;
  beforeEach(() => {
    ground = new Ground();
    part = metricsPart(ground.awake());
    closing.push(async () => {
      await part.end?.();
      ground.clear();
    });
  });
  const url = (): string | undefined => part.status?.().metrics;
  const refusals = (): unknown[] => {
    const text = readFileSync(activityFile(ground.dir), 'utf8').trim();
    return text.split('\n').map((line) => JSON.parse(line));
  };

  it('opens nothing unless it is asked to, and then tells where', async () => {
    await part.begin?.();
    part.tick?.();
    expect(part.status?.()).toEqual({});
    ground.config = { metrics: { port: 0 } };
    part.changed?.();
    const there = await eventually('the metrics', url);
    expect(there).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*\/metrics$/);
    expect((await fetch(there)).status).toBe(200);
    expect(ground.logged).toEqual([`metrics: served on ${there}`]);
  });

  it('stays where it is for what does not concern it, moves with its configuration, and closes', async () => {
    ground.config = { metrics: { port: 0 } };
    await part.begin?.();
    const first = url();
    ground.config = { metrics: { port: 0 }, sampling: { interval: 2 } };
    part.changed?.();
    part.tick?.();
    await part.begin?.();
    expect(url()).toBe(first);
    ground.config = { metrics: { host: '127.0.0.2', port: 0 } };
    await part.begin?.();
    expect(url()).toMatch(/^http:\/\/127\.0\.0\.2:/);
    await expect(fetch(first ?? '')).rejects.toThrow();
    const second = url();
    ground.config = {};
    await part.begin?.();
    expect(part.status?.()).toEqual({});
    await expect(fetch(second ?? '')).rejects.toThrow();
  });

  it('tells once of a port that is taken, in log and events, and takes it when it is free', async () => {
    const other: Server = createServer();
    await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening));
    const { port } = other.address() as { port: number };
    ground.config = { metrics: { port } };
    await part.begin?.();
    for (let i = 0; i < 3; i++) {
      ground.time += 5_000;
      part.tick?.();
      await part.begin?.();
    }
    expect(part.status?.()).toEqual({});
    const message = `the metrics cannot be served on 127.0.0.1:${port}: another process listens there`;
    expect(ground.logged).toHaveLength(1);
    expect(ground.logged[0]).toContain(`PJ5740 ${message}; tried again every 5 s.`);
    expect(refusals()).toMatchObject([{ type: 'metrics_failed', severity: 'error', message, data: { port } }]);
    await new Promise((closed) => other.close(closed));
    await part.begin?.();
    expect(part.status?.()).toEqual({}); // Not before its time.
    ground.time += 5_000;
    part.tick?.();
    expect(await eventually('the metrics', url)).toBe(`http://127.0.0.1:${port}/metrics`);
  });

  it('tells of an address that is none of this host', async () => {
    ground.config = { metrics: { host: '192.0.2.1', port: 0 } };
    await part.begin?.();
    expect(ground.logged[0]).toContain('192.0.2.1:0: the address is none of this host');
  });

  it('ends its server with itself, also where it was just opening it', async () => {
    ground.config = { metrics: { port: 0 } };
    void part.begin?.();
    await part.end?.();
    expect(part.status?.()).toEqual({});
  });
});
