import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { reviveAgent } from '../../src/agent/control.ts';
import type { Json } from '../../src/model/json.ts';
import type { SecretSource } from '../../src/model/plan.ts';
import type { Spec } from '../../src/model/spec.ts';
import type { Part } from '../../src/model/template.ts';
import { readEnviron } from '../../src/os/process.ts';
import type { Made, Provider, Target } from '../../src/providers/contract.ts';
import { digestOf, keyIdOf } from '../../src/values/digest.ts';
import { createDigestKey } from '../../src/values/digest-key.ts';
import { buildAgent, eventually, type Ground, ground, killNow, pidOf, randomName } from './ground.ts';

let agent: Awaited<ReturnType<typeof buildAgent>>;
let here: Ground;
let provider: Provider;
let key: Buffer;
beforeAll(async () => {
  agent = await buildAgent();
});
afterAll(() => rmSync(agent.dir, { recursive: true, force: true }));
beforeEach(async () => {
  here = ground(agent.entry);
  provider = here.provider();
  key = await createDigestKey(here.dir, {});
});
afterEach(() => here.clear());

interface Secret {
  value: Json;
  parts: Part[];
}

/** A workload that waits, with sensitive values in its environment, as an applier would hand it over. */
function workload(
  id: string,
  env: Record<string, Secret>,
  sources: Record<string, SecretSource>,
  more: Spec = {},
  references: Record<string, Json> = {},
): Target {
  const script = here.script('stay.mjs', `console.log('up'); setInterval(() => {}, 1e6)`, {
    restart: { delay: 0.05, maxAttempts: 50, maxDelay: 0.2 },
    ...more,
  });
  const leaf = ({ value, parts }: Secret) => ({ $sensitive: { parts, digest: digestOf(key, value) } });
  const real = Object.fromEntries(Object.entries(env).map(([name, { value }]) => [name, String(value)]));
  const stored = Object.fromEntries(Object.entries(env).map(([name, one]) => [name, leaf(one) as unknown as string]));
  return here.target(
    id,
    { ...script, env: { ...script.env, ...real } },
    { stored: { ...script, env: { ...script.env, ...stored } }, origin: { keyId: keyIdOf(key), sources, references } },
  );
}
const start = async (target: Target): Promise<Made> => {
  const created = await provider.create(target, here.context);
  return provider.start({ ...target, handle: created.handle }, here.context);
};
const read = async (target: Target, made: Made) => {
  const [seen] = await provider.read([here.record(target.identity.id, target.spec, made)], here.context);
  if (seen === undefined) throw new Error('nothing read');
  return seen;
};
/** kill -9 of the agent and of everything it runs, then a new agent. */
const loseAll = async (meanwhile: () => void = () => undefined) => {
  killNow(await eventually('an agent', () => here.agentPid()));
  await eventually('it is dead', () => here.agentPid() === undefined);
  for (const { pid } of here.marked()) killNow(pid);
  await eventually('all is dead', () => here.marked().length === 0);
  meanwhile();
  await reviveAgent({ project: here.dir, env: here.env, version: '0.0.0-test', agentEntry: agent.entry });
};
const back = (target: Target, made: Made) =>
  eventually('it is back', async () => {
    const seen = await read(target, made);
    return seen.status === 'running' ? seen : undefined;
  });
const failed = (target: Target, made: Made, detail: RegExp) =>
  eventually(`it fails: ${detail}`, async () => {
    const seen = await read(target, made);
    return seen.status === 'dead' && detail.test(seen.detail ?? '') ? seen : undefined;
  });
/** Everything that a value was written to, the sources of secrets aside. */
const placesOf = (value: string): string[] => {
  const files = readdirSync(here.dir, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && !file.name.startsWith('source-'))
    .map((file) => join(file.parentPath, file.name));
  const pids = [here.agentPid() ?? 0, ...here.marked().map(({ pid }) => pid)];
  return [...files, ...pids.map((pid) => `/proc/${pid}/cmdline`), `/proc/${here.agentPid()}/environ`].filter((file) =>
    readFileSync(file, 'utf8').includes(value),
  );
};

describe('secrets of what died together with the agent', () => {
  it('are had again from files and commands, also as parts of longer values, and are written nowhere', async () => {
    const [fromFile, fromCommand] = [randomName('canary-file'), randomName('canary-command')];
    writeFileSync(join(here.dir, 'source-a'), `${fromFile}\n`);
    writeFileSync(join(here.dir, 'source-b'), fromCommand);
    const target = workload(
      'a',
      {
        FILE: { value: fromFile, parts: [{ secret: 'file' }] },
        COMMAND: { value: fromCommand, parts: [{ secret: 'command' }] },
        URL: {
          value: `db://${fromFile}@10.0.0.7:5432/x`,
          parts: ['db://', { secret: 'file' }, '@', { workload: 'db', attribute: 'address' }, ':5432/x'],
        },
      },
      { 'secret.file': { file: 'source-a' }, 'secret.command': { command: ['cat', 'source-b'] } },
      {},
      { 'workload.db.address': '10.0.0.7' },
    );
    const made = await start(target);
    await loseAll();
    const seen = await back(target, made);
    expect(pidOf(seen.attributes)).not.toBe(pidOf(made.attributes));
    expect(seen.handle).toEqual(made.handle);
    expect(readEnviron(pidOf(seen.attributes))).toMatchObject({
      FILE: fromFile,
      COMMAND: fromCommand,
      URL: `db://${fromFile}@10.0.0.7:5432/x`,
    });
    expect(placesOf(fromFile)).toEqual([]);
    expect(placesOf(fromCommand)).toEqual([]);
  });

  it('from the environment are not available, and what has one is FAILED with what to do', async () => {
    const value = randomName('canary-env');
    for (const [id, part, name] of [
      ['a', { secret: 'token' }, 'token'],
      ['b', { env: 'PASSWORD' }, 'PASSWORD'],
      ['c', { var: 'pin' }, 'pin'],
    ] as const) {
      const source = { [`${Object.keys(part)[0]}.${name}`]: { env: 'PASSWORD' } };
      const target = workload(id, { A: { value, parts: [part] } }, source);
      const made = await start(target);
      await loseAll();
      const seen = await failed(target, made, /secret/);
      expect(seen.detail).toBe(`exit unknown; secret ${name} is not available here: run pj apply`);
      expect(seen.restarts).toBe(0);
      expect(placesOf(value)).toEqual([]);
      await provider.destroy({ ...target, handle: made.handle }, { destroyVolumes: false }, here.context);
    }
  });

  it('are had again from the part of the environment that every process gets, and from defaults', async () => {
    const home = here.env['HOME'] ?? '';
    const target = workload(
      'a',
      {
        DATA: { value: `${home}/data`, parts: [{ env: 'HOME' }, '/data'] },
        LEVEL: { value: 'info', parts: [{ env: 'LEVEL', default: 'info' }] },
      },
      { 'env.HOME': { env: 'HOME' }, 'env.LEVEL': { env: 'LEVEL' } },
    );
    const made = await start(target);
    await loseAll();
    expect(readEnviron(pidOf((await back(target, made)).attributes))).toMatchObject({
      DATA: `${home}/data`,
      LEVEL: 'info',
    });
  });

  it('that have changed meanwhile are not used: FAILED, and nothing runs with the new value', async () => {
    const [old, changed] = [randomName('canary-old'), randomName('canary-new')];
    writeFileSync(join(here.dir, 'source-a'), old);
    const target = workload(
      'a',
      { A: { value: old, parts: [{ secret: 'db' }] } },
      { 'secret.db': { file: 'source-a' } },
    );
    const made = await start(target);
    await loseAll(() => writeFileSync(join(here.dir, 'source-a'), changed));
    const seen = await failed(target, made, /changed/);
    expect(seen.detail).toBe('exit unknown; secret db has changed since it was applied: run pj apply');
    expect(here.marked()).toEqual([]);
    expect([...placesOf(old), ...placesOf(changed)]).toEqual([]);
  });

  it('whose source fails are asked for again by the restart policy', async () => {
    const value = randomName('canary');
    const source = join(here.dir, 'source-a');
    writeFileSync(source, value);
    const target = workload('a', { A: { value, parts: [{ secret: 'db' }] } }, { 'secret.db': { file: 'source-a' } });
    const made = await start(target);
    await loseAll(() => rmSync(source));
    await failed(
      target,
      made,
      /^exit unknown; secret db is not available here \(the file source-a does not exist\): run pj apply; the agent/,
    );
    writeFileSync(source, value);
    expect(readEnviron(pidOf((await back(target, made)).attributes))).toMatchObject({ A: value });
  });

  it('are not taken where the key of the digests is another one', async () => {
    const value = randomName('canary');
    writeFileSync(join(here.dir, 'source-a'), value);
    const target = workload('a', { A: { value, parts: [{ secret: 'db' }] } }, { 'secret.db': { file: 'source-a' } });
    const made = await start(target);
    await loseAll(() => writeFileSync(join(here.dir, '.pj', 'key'), 'ab'.repeat(32)));
    expect((await failed(target, made, /secret/)).detail).toBe(
      'exit unknown; secret db is not available here: run pj apply',
    );
  });

  it('whose command hangs keep nobody from stopping it', async () => {
    const value = randomName('canary');
    writeFileSync(join(here.dir, 'source-a'), value);
    const hang = join(here.dir, 'hang.sh');
    writeFileSync(hang, '#!/bin/sh\n[ -e hanging ] || exec cat source-a\necho $$ >> hanging\nsleep 1000', {
      mode: 0o755,
    });
    const target = workload('a', { A: { value, parts: [{ secret: 'db' }] } }, { 'secret.db': { command: [hang] } });
    const made = await start(target);
    const marker = join(here.dir, 'hanging');
    await loseAll(() => writeFileSync(marker, ''));
    const pid = await eventually('the command hangs', () => Number(readFileSync(marker, 'utf8')) || undefined);
    const before = Date.now();
    await provider.stop({ ...target, handle: made.handle }, here.context);
    expect(Date.now() - before).toBeLessThan(25_000);
    expect((await read(target, made)).status).toBe('stopped');
    await eventually('the command is gone too', () => !existsSync(`/proc/${pid}`));
  });

  it('of the stop command are had again when it is needed', async () => {
    const value = randomName('canary');
    writeFileSync(join(here.dir, 'source-a'), value);
    const target = workload('a', {}, { 'secret.db': { file: 'source-a' } });
    const run = ['sh', '-c', 'echo "$1" > source-told; kill -KILL $PJ_PID', 'stop'];
    const leaf = { $sensitive: { parts: [{ secret: 'db' }], digest: digestOf(key, value) } } as unknown as string;
    const native = target.spec.native ?? { command: '' };
    target.spec = { ...target.spec, native: { ...native, stopCommand: [...run, value] } };
    target.stored = { ...target.stored, native: { ...native, stopCommand: [...run, leaf] } };
    const made = await start(target);
    killNow(await eventually('an agent', () => here.agentPid()));
    await eventually('it is dead', () => here.agentPid() === undefined);
    await provider.stop({ ...target, handle: made.handle }, here.context);
    expect(readFileSync(join(here.dir, 'source-told'), 'utf8')).toBe(`${value}\n`);
    expect(placesOf(value)).toEqual([]);
  });
});
