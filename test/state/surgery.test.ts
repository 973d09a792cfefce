import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { listRecords, pullState, pushState, removeRecords, renameRecord, showRecord } from '../../src/state/surgery.ts';
import { on, project, record, seed, step, store } from './samples.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
});
async function fresh(): Promise<string> {
  const { dir, clean } = await project();
  cleanups.push(clean);
  return dir;
}
/** Opens, pushes, closes. */
async function push(dir: string, text: string, force = false) {
  const session = await store(dir).session({ operation: 'state push' });
  try {
    return await pushState(session, text, { force, pjVersion: '0.1.0' });
  } finally {
    await session.close();
  }
}
const pull = async (dir: string): Promise<string> => (await pullState(store(dir))) ?? '';

test('lists by id and shows one', async () => {
  const dir = await fresh();
  expect(listRecords(undefined)).toEqual([]);
  await seed(dir, record('web'), record('db'));
  const { snapshot } = await store(dir).load();
  expect(listRecords(snapshot).map(({ id }) => id)).toEqual(['db', 'web']);
  expect(showRecord(snapshot, 'db')).toEqual(record('db'));
  expect(() => showRecord(snapshot, 'toString')).toThrow(expect.objectContaining({ code: 'PJ3050' }));
});

test('drops all or none, and says who depended on it', async () => {
  const dir = await fresh();
  await seed(dir, record('web', { dependencies: [on('db')] }), record('db'));
  const session = await store(dir).session();
  await expect(removeRecords(session, ['db', 'none'])).rejects.toMatchObject({ code: 'PJ3050' });
  expect(Object.keys(session.snapshot.workloads)).toHaveLength(2);
  expect(await removeRecords(session, ['db', 'db'])).toEqual({
    removed: [record('db')],
    dependents: [{ from: 'web', to: 'db' }],
  });
  await session.close();
  expect(Object.keys((await store(dir).load()).snapshot?.workloads ?? {})).toEqual(['web']);
});

test('dropping a workload gives up its interrupted step, renaming it is refused until that is settled', async () => {
  const dir = await fresh();
  await seed(dir, record('web'), record('db'));
  const session = await store(dir).session();
  await session.intent({
    step: step('start', 'web'),
    before: record('web'),
    after: record('web', { state: 'RUNNING' }),
  });
  await expect(renameRecord(session, 'web', 'site')).rejects.toMatchObject({ code: 'PJ3052' });
  await expect(renameRecord(session, 'none', 'site')).rejects.toMatchObject({ code: 'PJ3050' });
  await expect(renameRecord(session, 'db', 'web')).rejects.toMatchObject({ code: 'PJ3051' });
  await renameRecord(session, 'db', 'postgres');
  await removeRecords(session, ['web']);
  expect(session.pending).toEqual([]);
  await session.close();
  const { snapshot, pending } = await store(dir).load();
  expect(Object.keys(snapshot?.workloads ?? {})).toEqual(['postgres']);
  expect(pending).toEqual([]);
});

test('what was pulled and edited is pushed back, with a higher serial and the old one as backup', async () => {
  const dir = await fresh();
  expect(await pullState(store(dir))).toBeUndefined();
  await seed(dir, record('web'));
  const text = await pull(dir);
  expect(await push(dir, text)).toEqual({ changed: false, serial: 1, workloads: 1, dangling: [] });
  const edited = text
    .replaceAll('"web"', '"site"')
    .replace('"dependencies":[]', `"dependencies":[${JSON.stringify(on('db'))}]`);
  expect(await push(dir, edited)).toMatchObject({ changed: true, serial: 2, dangling: [{ from: 'site', to: 'db' }] });
  expect((await store(dir).load()).snapshot).toMatchObject({ serial: 2, workloads: { site: { id: 'site' } } });
  const [backup = ''] = await readdir(join(dir, '.pj', 'backups'));
  expect(await readFile(join(dir, '.pj', 'backups', backup), 'utf8')).toContain('"web"');
  // Somebody pulled before that push: theirs is older now.
  await expect(push(dir, text)).rejects.toMatchObject({ code: 'PJ3053', exitCode: 5 });
  expect(await push(dir, text, true)).toMatchObject({ changed: true, serial: 3 });
  expect((await store(dir).load()).snapshot?.workloads['web']).toEqual(record('web'));
});

test('a state of another project is refused unless forced, and then replaces all', async () => {
  const [one, two] = [await fresh(), await fresh()];
  await seed(one, record('web'));
  await seed(two, record('db'));
  await expect(push(one, await pull(two))).rejects.toMatchObject({ code: 'PJ3054' });
  const { lineage } = JSON.parse(await pull(two)) as { lineage: string };
  expect(await push(one, await pull(two), true)).toMatchObject({ changed: true, serial: 2 });
  const { snapshot } = await store(one).load();
  expect(snapshot).toMatchObject({ lineage, serial: 2 });
  expect(Object.keys(snapshot?.workloads ?? {})).toEqual(['db']);
  await seed(one, record('cache'));
  expect((await store(one).load()).snapshot).toMatchObject({ lineage, serial: 3 });
});

test('a state is pushed into a project that has none, lineage and serial kept', async () => {
  const [one, two] = [await fresh(), await fresh()];
  await seed(one, record('web'));
  await seed(one, record('db'));
  const text = await pull(one);
  expect(await push(two, text)).toMatchObject({ changed: true, serial: 2, workloads: 2 });
  expect((await store(two).load()).snapshot).toEqual((await store(one).load()).snapshot);
});

test('interrupted steps are not pushed over unless forced', async () => {
  const dir = await fresh();
  await seed(dir, record('web'));
  const session = await store(dir).session();
  await session.intent({ step: step('create', 'db'), before: null, after: record('db') });
  await session.close();
  const text = (await pull(dir)).replace('8080', '9090');
  await expect(push(dir, text)).rejects.toMatchObject({ code: 'PJ3052' });
  expect((await store(dir).load()).pending).toHaveLength(1);
  await push(dir, text, true);
  expect(await store(dir).load()).toMatchObject({
    pending: [],
    snapshot: { serial: 2, workloads: { web: { spec: { env: { PORT: '9090' } } } } },
  });
});

test('what is no state is refused and changes nothing', async () => {
  const dir = await fresh();
  await seed(dir, record('web'));
  const text = await pull(dir);
  for (const given of ['', 'x', '{}', text.slice(0, 100), text.replace('DEPLOYED', 'DREAMING')])
    await expect(push(dir, given, true), given).rejects.toMatchObject({ code: 'PJ3055' });
  await expect(push(dir, text.replace('"version":1', '"version":9'), true)).rejects.toMatchObject({ code: 'PJ3001' });
  expect(await pull(dir)).toBe(text);
});
