import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Part } from '../../../../src/agent/awake/contract.ts';
import { telemetry } from '../../../../src/agent/awake/telemetry/part.ts';
import { until } from '../../../support/pj.ts';
import { Ground } from '../metrics/ground.ts';

/** How far logs were sent, as an agent before this one left it. */
const PLACES = { files: { '/log': { inode: 1, position: 7 } }, streams: {} };
// Nobody listens there.
const endpoint = 'http://127.0.0.1:1';

let ground: Ground;
let part: Part | undefined;
beforeEach(() => {
  ground = new Ground();
  for (const name of Object.keys(process.env)) if (name.startsWith('OTEL_')) vi.stubEnv(name, undefined);
});
afterEach(async () => {
  await part?.end?.();
  part = undefined;
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
