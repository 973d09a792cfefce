import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Plan } from '../../src/model/plan.ts';
import { loadPlan, planDigest, savePlan } from '../../src/state/plan-file.ts';
import { project, step } from './samples.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
});
async function fresh(): Promise<string> {
  const { dir, clean } = await project();
  cleanups.push(clean);
  return dir;
}

const plan: Plan = {
  formatVersion: 1,
  pjVersion: '0.1.0',
  mode: 'apply',
  project: 'shop',
  lineage: 'l',
  serial: 3,
  options: {
    mode: 'apply',
    targets: [],
    excludes: [],
    replace: [],
    allowDataLoss: false,
    destroyVolumes: false,
    refresh: true,
    prune: false,
  },
  workloads: {},
  changes: [],
  drift: [],
  orphans: [],
  steps: [step('create', 'web')],
  waves: [['create web']],
  observedDigests: { web: 'x' },
  sensitiveSources: { 'secret.db': { env: 'DB' } },
  moved: [],
  warnings: [],
  summary: { add: 1, change: 0, destroy: 0, forget: 0 },
};

test('a plan comes back as it was saved, for its owner alone, byte for byte the same each time', async () => {
  const dir = await fresh();
  const path = join(dir, 'plan.json');
  const digest = await savePlan(path, plan);
  expect(digest).toBe(planDigest(plan));
  expect(await loadPlan(path)).toEqual({ plan, digest });
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const text = await readFile(path, 'utf8');
  const reversed = Object.fromEntries(Object.entries(plan).reverse()) as unknown as Plan;
  expect(await savePlan(path, reversed)).toBe(digest);
  expect(await readFile(path, 'utf8')).toBe(text);
  expect(planDigest({ ...plan, serial: 4 })).not.toBe(digest);
  expect(await readdir(dir)).toEqual(['plan.json']);
});

test('a plan that was changed after it was saved is refused', async () => {
  const path = join(await fresh(), 'plan.json');
  await savePlan(path, plan);
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace('"serial":3', '"serial":4'));
  await expect(loadPlan(path)).rejects.toMatchObject({ code: 'PJ3032', exitCode: 5 });
  await writeFile(path, JSON.stringify(JSON.parse(text), null, 2));
  expect((await loadPlan(path)).plan).toEqual(plan);
});

test('a plan that is cut short anywhere is refused', async () => {
  const path = join(await fresh(), 'plan.json');
  await savePlan(path, plan);
  const text = await readFile(path, 'utf8');
  for (let length = 0; length < text.length - 1; length += 13) {
    await writeFile(path, text.slice(0, length));
    await expect(loadPlan(path), `cut at ${length}`).rejects.toMatchObject({
      code: expect.stringMatching(/^PJ303[03]$/),
    });
  }
});

test('what is not a plan, or of a newer pj, is refused by name', async () => {
  const dir = await fresh();
  const path = join(dir, 'plan.json');
  for (const text of ['hello', '[1]', '{}', '{"type":"pj-plan"}', '{"type":"other","formatVersion":1,"plan":{}}']) {
    await writeFile(path, text);
    await expect(loadPlan(path), text).rejects.toMatchObject({ code: 'PJ3030' });
  }
  await writeFile(path, '{"type":"pj-plan","formatVersion":2,"plan":{"formatVersion":1}}');
  await expect(loadPlan(path)).rejects.toMatchObject({ code: 'PJ3031' });
  const hollow = { formatVersion: 1, steps: [] } as unknown as Plan;
  await savePlan(path, hollow);
  await expect(loadPlan(path)).rejects.toMatchObject({ code: 'PJ3030', message: expect.stringContaining('changes') });
  await expect(loadPlan(join(dir, 'none'))).rejects.toMatchObject({
    code: 'PJ3021',
    message: expect.stringContaining('none'),
  });
});

test('a device, a folder, or a folder that is not there is no place for a plan, and a link is followed', async () => {
  const dir = await fresh();
  await mkdir(join(dir, 'folder'));
  for (const path of ['/dev/null', join(dir, 'folder'), join(dir, 'none', 'plan.json')])
    await expect(savePlan(path, plan), path).rejects.toMatchObject({ code: 'PJ3021' });
  expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
  await writeFile(join(dir, 'real.json'), '');
  await symlink('real.json', join(dir, 'link.json'));
  await savePlan(join(dir, 'link.json'), plan);
  expect((await loadPlan(join(dir, 'real.json'))).plan).toEqual(plan);
});
