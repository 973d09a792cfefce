import { appendFile, copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { PjError } from '../../src/errors.ts';
import { project, record, seed, store } from './samples.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
});

/** A project whose state is of serial 2, with the generation before it as backup. */
async function seeded(): Promise<{ dir: string; state: string; text: string }> {
  const { dir, clean } = await project();
  cleanups.push(clean);
  await seed(dir, record('web'));
  await seed(dir, record('db'));
  const state = join(dir, '.pj', 'state.json');
  return { dir, state, text: await readFile(state, 'utf8') };
}

/** Reading and opening are both refused with that code, and the file stays as it is. */
async function refused(dir: string, state: string, code: string): Promise<PjError> {
  const before = await readFile(state);
  const error: unknown = await store(dir)
    .load()
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(PjError);
  expect(error).toMatchObject({ code, exitCode: 1 });
  await expect(store(dir).session()).rejects.toMatchObject({ code });
  expect((await readFile(state)).equals(before)).toBe(true);
  // The lock was given back.
  expect(await store(dir).holder()).toBeUndefined();
  return error as PjError;
}

test('a state that is cut short anywhere is refused, and the newest whole backup named', async () => {
  const { dir, state, text } = await seeded();
  const backups = join(dir, '.pj', 'backups');
  const [name = ''] = await readdir(backups);
  for (const length of [0, 1, 50, 200, Math.floor(text.length / 2), text.length - 4, text.length - 2]) {
    await writeFile(state, text.slice(0, length));
    const error = await refused(dir, state, 'PJ3002');
    expect(error.hint).toContain(join(backups, name));
    expect(error.hint).toContain('serial 1, 1 workloads');
  }
  await copyFile(join(backups, name), state);
  expect((await store(dir).load()).snapshot?.serial).toBe(1);
});

test('a backup that is damaged as well is passed over', async () => {
  const { dir, state } = await seeded();
  await seed(dir, record('cache'));
  const backups = join(dir, '.pj', 'backups');
  const [old = '', newest = ''] = (await readdir(backups)).sort();
  await writeFile(state, '{');
  await writeFile(join(backups, newest), '{"checksum":');
  expect((await refused(dir, state, 'PJ3002')).hint).toContain(old);
  await writeFile(join(backups, old), 'x');
  expect((await refused(dir, state, 'PJ3002')).hint).toContain('no whole backup');
});

test('what is not a state is refused', async () => {
  const { dir, state } = await seeded();
  for (const text of ['hello', '[]', 'null', '{}', '{"version":"1"}', '{"version":1}', '{"version":0,"lineage":"l"}']) {
    await writeFile(state, text);
    await refused(dir, state, 'PJ3002');
  }
});

test('a state of a newer version is refused, whatever else it holds', async () => {
  const { dir, state, text } = await seeded();
  await writeFile(state, text.replace('"version":1', '"version":2,"future":true'));
  expect((await refused(dir, state, 'PJ3001')).message).toContain('format version 2');
});

test('any changed byte is noticed', async () => {
  const { dir, state, text } = await seeded();
  for (let i = 0; i < 60; i += 1) {
    const at = Math.floor((i / 60) * text.length);
    // Line breaks between the workloads mean nothing.
    if (text[at] === '\n') continue;
    await writeFile(state, `${text.slice(0, at)}${text[at] === '0' ? '1' : '0'}${text.slice(at + 1)}`);
    await expect(store(dir).load(), `byte ${at}`).rejects.toMatchObject({
      code: expect.stringMatching(/^PJ300[1-4]$/),
    });
  }
});

test('a state that was only formatted anew is still whole, and is written on', async () => {
  const { dir, state, text } = await seeded();
  const value = JSON.parse(text) as Record<string, unknown>;
  await writeFile(state, JSON.stringify(Object.fromEntries(Object.entries(value).reverse()), null, 2));
  expect((await store(dir).load()).snapshot?.serial).toBe(2);
  await seed(dir, record('cache'));
  expect((await store(dir).load()).snapshot).toMatchObject({ serial: 3, workloads: { cache: {}, db: {}, web: {} } });
});

test('a state that contradicts itself is refused with the workload and what is wrong', async () => {
  const { dir, state, text } = await seeded();
  const { createHash } = await import('node:crypto');
  const { canonical } = await import('../../src/model/json.ts');
  const damage: [(web: Record<string, unknown>) => void, string][] = [
    [(web) => Object.assign(web, { id: 'other' }), 'its id is "other"'],
    [(web) => Object.assign(web, { state: 'DREAMING' }), 'DREAMING'],
    [(web) => Object.assign(web, { handle: 4711 }), 'handle'],
    [(web) => Object.assign(web, { updatedAt: 'yesterday' }), 'not a time'],
    [(web) => Object.assign(web, { lifecycle: {} }), 'preventDestroy'],
    [
      (web) =>
        Object.assign(web, { dependencies: [{ id: 'web', condition: 'started', optional: false, restart: false }] }),
      'itself',
    ],
    [(web) => Object.assign(web, { dependencies: [{ id: 'db' }] }), 'condition'],
    [
      (web) => Object.assign(web, { deposed: [{ generation: 1, provider: 'native', spec: {}, handle: null }] }),
      'generation 1',
    ],
  ];
  for (const [change, says] of damage) {
    const value = JSON.parse(text) as { workloads: { web: Record<string, unknown> }; checksum?: string };
    change(value.workloads.web);
    delete value.checksum;
    const body = canonical(value as never);
    const checksum = `sha256:${createHash('sha256').update(body).digest('hex')}`;
    await writeFile(state, `{"checksum":"${checksum}",${body.slice(1)}`);
    const error = await refused(dir, state, 'PJ3004');
    expect(error.message).toContain('"web"');
    expect(error.message).toContain(says);
  }
});

test('a circle of dependencies is refused', async () => {
  const { problemIn } = await import('../../src/state/invariants.ts');
  const edge = (id: string) => ({
    id,
    condition: 'started' as const,
    optional: false,
    restart: false,
    source: 'declared' as const,
  });
  const chain = Object.fromEntries(
    Array.from({ length: 20_000 }, (_, i) => [
      `w${i}`,
      record(`w${i}`, { dependencies: i === 0 ? [] : [edge(`w${i - 1}`)] }),
    ]),
  );
  expect(problemIn(chain)).toBeUndefined();
  const circle = {
    a: record('a', { dependencies: [edge('b')] }),
    b: record('b', { dependencies: [edge('c')] }),
    c: record('c', { dependencies: [edge('a')] }),
  };
  expect(problemIn(circle)).toContain('a → b → c → a');
});

test('a state that was removed is not made anew while a backup knows of workloads', async () => {
  const { dir, state } = await seeded();
  await rm(state);
  const error: unknown = await store(dir)
    .load()
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'PJ3008' });
  expect((error as PjError).hint).toContain('backups');
  await rm(join(dir, '.pj', 'backups'), { recursive: true });
  expect((await store(dir).load()).snapshot).toBeUndefined();
});

test('a folder where the state should be, and a file where .pj should be, are told', async () => {
  const { dir, state } = await seeded();
  await rm(state);
  await mkdir(state);
  await expect(store(dir).load()).rejects.toMatchObject({
    code: 'PJ3021',
    message: expect.stringContaining('it is a folder'),
  });
  const other = await project();
  cleanups.push(other.clean);
  await writeFile(join(other.dir, '.pj'), '');
  await expect(store(other.dir).session()).rejects.toMatchObject({ code: 'PJ3021' });
});

test('an audit line that was cut by a kill costs only itself', async () => {
  const { dir } = await seeded();
  const file = join(dir, '.pj', 'audit.ndjson');
  const session = await store(dir, { who: 'ann' }).session();
  await session.audit({ operation: 'apply', planDigest: 'sha256:1', result: 'ok' });
  await appendFile(file, '{"at":"2026-');
  await session.audit({ operation: 'destroy', result: 'failed' });
  await session.close();
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  expect(lines).toHaveLength(3);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    who: 'ann',
    operation: 'apply',
    planDigest: 'sha256:1',
    result: 'ok',
  });
  expect(JSON.parse(lines[2] ?? '')).toMatchObject({ operation: 'destroy', result: 'failed', pid: process.pid });
});
