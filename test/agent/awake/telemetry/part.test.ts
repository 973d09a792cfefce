import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Part } from '../../../../src/agent/awake/contract.ts';
import { telemetry } from '../../../../src/agent/awake/telemetry/part.ts';
import { until } from '../../../support/pj.ts';
import { Collector } from '../../../telemetry/collector.ts';
import { Ground } from '../metrics/ground.ts';

/** How far logs were sent, as an agent before this one left it. */
const PLACES = { files: { '/log': { inode: 1, position: 7 } }, streams: {} };
// Nobody listens there.
const endpoint = 'http://127.0.0.1:1';

let ground: Ground;
let part: Part | undefined;
let collector: Collector | undefined;
beforeEach(() => {
  ground = new Ground();
  for (const name of Object.keys(process.env)) if (name.startsWith('OTEL_')) vi.stubEnv(name, undefined);
});
afterEach(async () => {
  await part?.end?.();
  part = undefined;
  await collector?.close();
  collector = undefined;
  vi.unstubAllEnvs();
  ground.clear();
});

const problems = () => JSON.stringify(part?.status?.().telemetry ?? {});

it('how far logs were sent is kept while a header or a protocol cannot be had, and forgotten once nobody asks for logs', async () => {
  const awake = ground.awake();
  const keep = awake.keep('telemetry');
  keep.write(PLACES);
  ground.config = { telemetry: { endpoint, logs: true, headers: { 'x-key': { file: 'not-there.txt' } } } };
  part = telemetry(awake);
  await part.begin?.();
  await until('the header is missed', () => problems().includes('x-key'), 30_000);
  expect(keep.read()).toEqual(PLACES);
  vi.stubEnv('OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc');
  ground.config = { telemetry: { endpoint, logs: true } };
  part.changed?.();
  await until('the protocol is missed', () => problems().includes('grpc'), 30_000);
  expect(keep.read()).toEqual(PLACES);
  ground.config = { telemetry: { endpoint, logs: false } };
  part.changed?.();
  await until('they are forgotten', () => keep.read() === null, 30_000);
});

it('the watch begins while a source of headers hangs, and ends too', async () => {
  const hang = join(ground.dir, 'hang.sh');
  writeFileSync(hang, `#!/bin/sh\necho asked > asked.txt\nexec sleep 1000\n`, { mode: 0o755 });
  ground.config = { telemetry: { endpoint, headers: { 'x-key': { command: [hang] } } } };
  const made = telemetry(ground.awake());
  part = made;
  let begun = false;
  const begin = Promise.resolve(made.begin?.()).then(() => (begun = true));
  await until('begun, or the 30 s are over and it is missed', () => begun || problems().includes('x-key'), 60_000);
  // It does not know yet what the source gives.
  expect(problems()).toBe('{}');
  await made.end?.();
  await begin;
}, 90_000);

/** All that stands in files of the project, but for the source of the key. */
function written(): string {
  const files = readdirSync(ground.dir, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  return files
    .filter(({ name }) => name !== 'key.txt')
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1'))
    .join('');
}

it.each([
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
])(
  'a collector that answers %i: it is told once, the key nowhere, and all goes on when it lets us in',
  async (status, meaning) => {
    const there = await new Collector().open();
    collector = there;
    vi.stubEnv('OTEL_METRIC_EXPORT_INTERVAL', '100');
    vi.stubEnv('OTEL_BLRP_SCHEDULE_DELAY', '50');
    const key = join(ground.dir, 'key.txt');
    writeFileSync(key, 'Bearer first-secret\n');
    // One that repeats what it was given.
    there.answer = { status, text: 'no entry with Bearer first-secret' };
    ground.add('web', 'native');
    const headers = { authorization: { file: 'key.txt' } };
    ground.config = { telemetry: { endpoint: there.url, logs: true, headers } };
    const awake = ground.awake();
    const made = telemetry(awake);
    part = made;
    await made.begin?.();
    awake.activity.tell({ type: 'rebooted', severity: 'info', message: 'while it was shut' });
    const said = (what: string) => ground.logged.filter((line) => line.includes(what));
    const comes = (what: string, so: () => boolean) =>
      until(
        what,
        () => {
          ground.time += 1_000;
          made.tick?.();
          return so();
        },
        60_000,
      );
    const asked = (path: string, secret: string) =>
      there.requests.filter(({ path: to, headers: had }) => to === path && had['authorization'] === `Bearer ${secret}`);
    const refused = (secret: string) => () =>
      ['/v1/metrics', '/v1/logs'].every((path) => asked(path, secret).length >= 2) && said('are not taken').length >= 2;
    await comes('it is refused again and again', refused('first-secret'));
    const lines = ['metrics', 'logs'].map((signal) => `telemetry: ${signal} are not taken: HTTP ${status} ${meaning}`);
    expect(said('are not taken').sort()).toEqual([...lines].sort());
    expect(problems()).toContain(`HTTP ${status} ${meaning}`);

    // Another key that is none either: nothing has become better, and nothing is told.
    writeFileSync(key, 'Bearer second-secret\n');
    there.answer = { status, text: 'no entry with Bearer second-secret' };
    await comes('the other is refused too', refused('second-secret'));
    expect(said('are not taken')).toHaveLength(2);
    expect(said('taken again')).toEqual([]);
    expect(there.points).toEqual([]);

    writeFileSync(key, 'Bearer third-secret\n');
    await comes('the third is asked for', () => asked('/v1/metrics', 'third-secret').length > 0);
    there.answer = undefined;
    await comes('it is told', () => said('taken again').length >= 2);
    expect(said('taken again').sort()).toEqual(
      ['logs', 'metrics'].map((signal) => `telemetry: ${signal} are taken again`),
    );
    expect(problems()).not.toContain('HTTP');
    expect(new Set(there.points.map(({ name }) => name))).toContain('pj.workload.running');
    expect(there.logs.filter(({ body }) => body === 'while it was shut')).toHaveLength(1);
    expect(said('are not taken')).toHaveLength(2);
    await made.end?.();
    part = undefined;
    expect(`${ground.logged.join('\n')}${problems()}${written()}`).not.toContain('-secret');
    expect(written()).toContain('while it was shut');
  },
);
