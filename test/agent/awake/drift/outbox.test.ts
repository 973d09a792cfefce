import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { closeSync, constants, openSync, readFileSync, readSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Outbox } from '../../../../src/agent/awake/drift/outbox.ts';
import type { DriftNotify } from '../../../../src/model/awake.ts';
import type { Json } from '../../../../src/model/json.ts';
import { until } from '../../../support/pj.ts';
import { Ground } from './ground.ts';

let here: Ground;
let server: Server;
let got: { headers: IncomingHttpHeaders; body: string; path: string }[];
let answers: number[];
let boxes: Outbox[];
beforeEach(async () => {
  here = new Ground();
  got = [];
  answers = [];
  boxes = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (data) => (body += data));
    request.on('end', () => {
      got.push({ headers: request.headers, body, path: request.url ?? '' });
      response.writeHead(answers.shift() ?? 204).end();
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});
afterEach(async () => {
  for (const box of boxes) box.end();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  here.clear();
});

const url = (path = '/hook/sesame') => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
function outbox(notify: DriftNotify[]): Outbox {
  here.config = { drift: { notify } };
  const awake = here.awake();
  const keep = awake.keep('drift');
  const box = new Outbox(awake, () => keep.write({ outbox: box.toKeep() } as unknown as Json));
  const kept = keep.read() as { outbox?: Json } | undefined;
  box.take(kept?.outbox);
  boxes.push(box);
  return box;
}
const kept = () => readFileSync(join(here.dir, '.pj/agent/awake.json'), 'utf8');

describe('a webhook', () => {
  it('gets the event once, signed, with an id and a time in body and headers', async () => {
    writeFileSync(join(here.dir, 'secret.txt'), 'open-sesame\n');
    const box = outbox([{ webhook: url(), secret: { file: 'secret.txt' } }]);
    box.put('drift_found', { drift: [{ id: 'a' }] });
    const { headers, body } = await until('it', () => got[0]);
    const told = JSON.parse(body);
    expect(told).toMatchObject({
      event: 'drift_found',
      drift: [{ id: 'a' }],
      sentAt: new Date(here.time).toISOString(),
    });
    expect(headers['x-pj-signature-256']).toBe(
      `sha256=${createHmac('sha256', 'open-sesame').update(body).digest('hex')}`,
    );
    expect([headers['x-pj-delivery'], headers['x-pj-timestamp'], headers['x-pj-event']]).toEqual([
      told.id,
      told.sentAt,
      told.event,
    ]);
    await until('nothing waits', () => box.toKeep().length === 0);
    box.pump();
    expect(got).toHaveLength(1);
  });

  it('that fails is told again later, under the same id and in order; another agent goes on; no address and no secret is kept', async () => {
    answers = [500, 429];
    writeFileSync(join(here.dir, 'secret.txt'), 'open-sesame');
    const to: DriftNotify = { webhook: url(), secret: { file: 'secret.txt' } };
    const box = outbox([to]);
    box.put('drift_found', { n: 1 });
    box.put('drift_gone', { n: 2 });
    await until('the failure is noted', () => box.toKeep()[0]?.attempts === 1);
    box.pump();
    expect(kept()).not.toMatch(/sesame/);
    box.end();
    const next = outbox([to]);
    here.time += 3_000;
    next.pump();
    await until('the second failure', () => next.toKeep()[0]?.attempts === 2);
    here.time += 6_000;
    next.pump();
    await until('both', () => next.toKeep().length === 0);
    const events = got.map(({ body }) => JSON.parse(body));
    expect(events.map(({ n }) => n)).toEqual([1, 1, 1, 2]);
    expect(new Set(events.slice(0, 3).map(({ id }) => id)).size).toBe(1);
    expect(here.logged.join()).toMatch(/the webhook at 127.0.0.1:\d+ was not told: it answered 500/);
    expect(here.logged.join() + JSON.stringify(here.events())).not.toContain('sesame');
  });

  it('that refuses is not asked again, and that is told', async () => {
    answers = [404];
    const box = outbox([{ webhook: url() }]);
    box.put('drift_found', {});
    await until('it is given up', () => box.toKeep().length === 0);
    expect(here.events()).toMatchObject([{ type: 'notify_failed', message: expect.stringMatching(/answered 404$/) }]);
    expect(JSON.stringify(here.events())).not.toContain('sesame');
  });

  it('that is not there, or whose secret cannot be had, gets a bounded number of messages and attempts', async () => {
    const box = outbox([{ webhook: 'http://127.0.0.1:9/', secret: { file: 'none.txt' } }]);
    for (let n = 0; n < 120; n++) box.put('drift_found', { n });
    expect(box.toKeep().length).toBeLessThanOrEqual(101);
    const given = () => here.events().map(({ message }) => message);
    await until('the first of them is given up after its last attempt', () => {
      here.time += 1_500_000;
      box.pump();
      return given().some((message) => message.endsWith('its secret cannot be had: the file none.txt does not exist'));
    });
  });
});

describe('other receivers', () => {
  it('a file gets a line, and is nobody else’s', async () => {
    const box = outbox([{ file: 'drift.ndjson' }]);
    box.put('drift_found', { n: 1 });
    box.put('drift_gone', { n: 2 });
    await until('both', () => box.toKeep().length === 0);
    const path = join(here.dir, 'drift.ndjson');
    expect(
      readFileSync(path, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).n),
    ).toEqual([1, 2]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['that nobody reads', false],
    ['that somebody reads', true],
  ])('a FIFO %s is refused at once, and what comes next is told', async (_, isRead) => {
    const path = join(here.dir, 'fifo');
    execFileSync('mkfifo', [path]);
    const reader = isRead ? openSync(path, constants.O_RDONLY | constants.O_NONBLOCK) : undefined;
    try {
      // Would block for ever, in this very process, were it opened as any file.
      const box = outbox([{ file: 'fifo' }, { file: 'drift.ndjson' }]);
      box.put('drift_found', { n: 1 });
      await until('neither waits', () => box.toKeep().length === 0);
      expect(here.events()).toMatchObject([
        { type: 'notify_failed', message: 'the file fifo was not told of drift_found: it is no regular file' },
      ]);
      expect(readFileSync(join(here.dir, 'drift.ndjson'), 'utf8')).toContain('"n":1');
      if (reader !== undefined) expect(readSync(reader, Buffer.alloc(10))).toBe(0);
    } finally {
      if (reader !== undefined) closeSync(reader);
    }
  });

  it('a command gets it on its standard input; one that fails is told of', async () => {
    const out = join(here.dir, 'out.json');
    const box = outbox([
      { command: ['/bin/sh', '-c', `cat > ${out}`] },
      { command: ['/bin/sh', '-c', 'echo no paper >&2; exit 3'] },
    ]);
    box.put('drift_found', { n: 1 });
    await until('both', () => box.toKeep().length === 0);
    expect(JSON.parse(readFileSync(out, 'utf8'))).toMatchObject({ event: 'drift_found', n: 1 });
    expect(here.events()).toMatchObject([
      { type: 'notify_failed', message: 'the command /bin/sh was not told of drift_found: it ended with 3: no paper' },
    ]);
  });
});
