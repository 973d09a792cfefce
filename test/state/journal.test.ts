import { execFileSync } from 'node:child_process';
import { access, copyFile, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { PjError } from '../../src/errors.ts';
import { project, record, seed, step, store } from './samples.ts';

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});
async function fresh(): Promise<string> {
  const { dir, clean } = await project();
  cleanups.push(clean);
  return dir;
}
const journalPath = (dir: string): string => join(dir, '.pj', 'journal.ndjson');
const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** The folder as a run leaves it that is killed after `work`. */
async function killedAfter(
  dir: string,
  work: (session: Awaited<ReturnType<ReturnType<typeof store>['session']>>) => Promise<void>,
) {
  const session = await store(dir).session();
  await work(session);
  await cp(join(dir, '.pj'), join(dir, 'kept'), { recursive: true });
  await session.close();
  await rm(join(dir, '.pj'), { recursive: true });
  await cp(join(dir, 'kept'), join(dir, '.pj'), { recursive: true });
  await rm(join(dir, 'kept'), { recursive: true });
  await rm(join(dir, '.pj', 'lock.json'));
}

test('what is in the journal is in what loads, with the serial it will be folded as', async () => {
  const dir = await fresh();
  await seed(dir, record('web'));
  await killedAfter(dir, async (session) => {
    await session.intent({
      step: step('start', 'web'),
      before: record('web'),
      after: record('web', { state: 'RUNNING' }),
    });
    await session.outcome(step('start', 'web'), { ok: true, record: record('web', { state: 'RUNNING' }) });
    await session.intent({ step: step('create', 'db'), before: null, after: record('db'), specDigest: 'abc' });
  });
  const text = await readFile(journalPath(dir), 'utf8');
  const loaded = await store(dir).load();
  expect(loaded.snapshot).toMatchObject({ serial: 2, workloads: { web: { state: 'RUNNING' } } });
  expect(loaded.pending).toMatchObject([
    { step: { id: 'create db' }, before: null, after: record('db'), specDigest: 'abc' },
  ]);
  expect(await readFile(journalPath(dir), 'utf8')).toBe(text);
  // Opening folds it in; the intent without an outcome stays, over as many runs as it takes.
  for (let i = 0; i < 3; i += 1) {
    const session = await store(dir).session();
    expect(session.snapshot.serial).toBe(2);
    expect(session.pending).toMatchObject([{ step: { id: 'create db' }, before: null }]);
    await session.close();
  }
  const last = await store(dir).session();
  await last.outcome(step('create', 'db'), { ok: false, record: null });
  expect(last.pending).toEqual([]);
  await last.close();
  expect(await exists(journalPath(dir))).toBe(false);
  expect((await store(dir).load()).snapshot?.serial).toBe(2);
});

test('a state that was never written goes on with the lineage that its journal began', async () => {
  const dir = await fresh();
  let lineage = '';
  await killedAfter(dir, async (session) => {
    lineage = session.snapshot.lineage;
    await session.intent({ step: step('create', 'db'), before: null, after: record('db') });
  });
  expect((await store(dir).load()).snapshot).toMatchObject({ lineage, serial: 0 });
  const session = await store(dir).session();
  expect(session.snapshot.lineage).toBe(lineage);
  await session.outcome(step('create', 'db'), { ok: true, record: record('db') });
  await session.close();
  expect((await store(dir).load()).snapshot).toMatchObject({ lineage, serial: 1 });
});

test('the record before a step is as the lines before it left it', async () => {
  const dir = await fresh();
  const [one, two] = [record('web', { attributes: { n: 1 } }), record('web', { attributes: { n: 2 } })];
  await killedAfter(dir, async (session) => {
    await session.put('web', one);
    await session.intent({ step: step('update', 'web'), before: one, after: two });
    await session.outcome(step('update', 'web'), { ok: true, record: two });
    await session.intent({ step: step('stop', 'web'), before: two, after: two });
    await session.intent({ step: step('destroy', 'web', 7), before: one, after: null });
  });
  const { pending } = await store(dir).load();
  expect(pending.map(({ before }) => before?.attributes['n'])).toEqual([2, 1]);
});

test('a journal that is cut anywhere loses only what was being written', async () => {
  const dir = await fresh();
  await killedAfter(dir, async (session) => {
    for (const n of [1, 2, 3]) await session.put('web', record('web', { attributes: { n } }));
  });
  const bytes = await readFile(journalPath(dir));
  const ends: number[] = [];
  for (let i = 0; i < bytes.length; i += 1) if (bytes[i] === 10) ends.push(i + 1);
  for (let length = 0; length <= bytes.length; length += 7) {
    await writeFile(journalPath(dir), bytes.subarray(0, length));
    const whole = ends.filter((end) => end <= length).length - 1;
    const { snapshot } = await store(dir).load();
    expect(snapshot?.workloads['web']?.attributes['n'], `cut at ${length}`).toBe(whole <= 0 ? undefined : whole);
  }
  await writeFile(journalPath(dir), bytes.subarray(0, bytes.length - 3));
  const session = await store(dir).session();
  await session.close();
  expect(await exists(journalPath(dir))).toBe(false);
  expect((await store(dir).load()).snapshot?.workloads['web']?.attributes['n']).toBe(2);
});

test('damage before lines that were durable is refused with its line number, and nothing is touched', async () => {
  const dir = await fresh();
  await killedAfter(dir, async (session) => {
    for (const n of [1, 2, 3, 4]) await session.put('web', record('web', { attributes: { n } }));
  });
  const text = await readFile(journalPath(dir), 'utf8');
  const lines = text.split('\n');
  const damage: [string, number][] = [
    [text.replace('"n":2', '"n":7'), 3],
    [text.replace(/^/, 'x'), 1],
    [[...lines.slice(0, 2), ...lines.slice(3)].join('\n'), 3],
    [[...lines.slice(0, 1), '', ...lines.slice(1)].join('\n'), 2],
    [lines.slice(1).join('\n'), 1],
  ];
  for (const [damaged, line] of damage) {
    await writeFile(journalPath(dir), damaged);
    await expect(store(dir).load()).rejects.toMatchObject({ code: 'PJ3006', details: { line } });
    await expect(store(dir).session()).rejects.toMatchObject({ code: 'PJ3006' });
    expect(await readFile(journalPath(dir), 'utf8')).toBe(damaged);
  }
});

test('a batch that was never acknowledged may be torn in its middle', async () => {
  const dir = await fresh();
  await killedAfter(dir, async (session) => {
    await session.put('a', record('a'));
    await Promise.all(['b', 'c', 'd'].map((id) => session.put(id, record(id))));
  });
  const text = await readFile(journalPath(dir), 'utf8');
  // A page of zeros where the power went before it was written.
  const torn = text.replace(/\{.{30,60}"op":"put","id":"c".{60}/, (match) => '\0'.repeat(match.length));
  expect(torn).not.toBe(text);
  await writeFile(journalPath(dir), torn);
  expect(Object.keys((await store(dir).load()).snapshot?.workloads ?? {})).toEqual(['a', 'b']);
});

test('a journal that is folded in already is not folded in twice', async () => {
  const dir = await fresh();
  await seed(dir, record('web'));
  const session = await store(dir).session();
  await session.put('db', record('db'));
  await session.intent({
    step: step('start', 'web'),
    before: record('web'),
    after: record('web', { state: 'RUNNING' }),
  });
  const copy = join(dir, 'journal.copy');
  await copyFile(journalPath(dir), copy);
  await session.close();
  // As if killed between the rename of the snapshot and the removal of the journal.
  await copyFile(copy, journalPath(dir));
  const { snapshot, pending } = await store(dir).load();
  expect(snapshot).toMatchObject({ serial: 2, workloads: { db: {}, web: {} } });
  expect(pending).toMatchObject([{ step: { id: 'start web' }, before: record('web') }]);
  await (await store(dir).session()).close();
  expect((await store(dir).load()).snapshot?.serial).toBe(2);
});

test('a journal of another state, or of another serial, is refused', async () => {
  const [one, two] = [await fresh(), await fresh()];
  for (const dir of [one, two]) await seed(dir, record('web'));
  await killedAfter(one, (session) => session.put('db', record('db')));
  await copyFile(journalPath(one), journalPath(two));
  await expect(store(two).load()).rejects.toMatchObject({ code: 'PJ3005' });
  const state = join(one, '.pj', 'state.json');
  const older = await readFile(state);
  const journal = await readFile(journalPath(one));
  await rm(journalPath(one));
  await seed(one, record('cache'));
  await writeFile(journalPath(one), journal);
  await expect(store(one).load()).rejects.toMatchObject({ code: 'PJ3007', details: { base: 1, serial: 2 } });
  await writeFile(state, older);
  expect(Object.keys((await store(one).load()).snapshot?.workloads ?? {})).toEqual(['web', 'db']);
  await rm(state);
  await rm(join(one, '.pj', 'backups'), { recursive: true });
  await expect(store(one).load()).rejects.toMatchObject({ code: 'PJ3008' });
});

test('a journal of a newer pj is refused', async () => {
  const dir = await fresh();
  await mkdir(join(dir, '.pj'));
  const { journalLine } = await import('../../src/state/journal-lines.ts');
  await writeFile(journalPath(dir), journalLine(0, -1, '{"op":"header","version":2}'));
  await expect(store(dir).load()).rejects.toMatchObject({ code: 'PJ3001' });
});

test('appends made at once share an fsync, and one after the other they do not', async () => {
  const dir = await fresh();
  let syncs = 0;
  const fault = (point: string): void => {
    if (point === 'journal.durable') syncs += 1;
  };
  const session = await store(dir, { fault }).session();
  await Promise.all(Array.from({ length: 100 }, (_, i) => session.put(`w${i}`, record(`w${i}`))));
  expect(syncs).toBeLessThanOrEqual(2);
  syncs = 0;
  for (let i = 0; i < 5; i += 1) await session.put('web', record('web', { attributes: { i } }));
  expect(syncs).toBe(5);
  await session.close();
});

test('ten thousand steps at parallelism 10 are journalled in seconds, and the snapshot is written once', async () => {
  const dir = await fresh();
  let snapshots = 0;
  const fault = (point: string): void => {
    if (point === 'snapshot.renamed') snapshots += 1;
  };
  const session = await store(dir, { fault }).session();
  const begun = performance.now();
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < 5000; i = next++) {
      const id = `w${i}`;
      await session.intent({ step: step('create', id), before: null, after: record(id) });
      await session.outcome(step('create', id), { ok: true, record: record(id) });
      await session.intent({ step: step('start', id), before: record(id), after: record(id, { state: 'RUNNING' }) });
      await session.outcome(step('start', id), { ok: true, record: record(id, { state: 'RUNNING' }) });
    }
  };
  await Promise.all(Array.from({ length: 10 }, worker));
  await session.close();
  const seconds = (performance.now() - begun) / 1000;
  console.log(`20,000 appends and the fold: ${seconds.toFixed(1)} s`);
  expect(seconds).toBeLessThan(100);
  expect(snapshots).toBe(1);
}, 180_000);

test('a journal that grows large is folded while the run goes on', async () => {
  const dir = await fresh();
  const session = await store(dir, { journalLimit: 5000 }).session();
  await session.intent({ step: step('create', 'slow'), before: null, after: record('slow') });
  const worker = async (id: string): Promise<void> => {
    for (let n = 1; n <= 20; n += 1) await session.put(id, record(id, { attributes: { n } }));
  };
  await Promise.all(['a', 'b', 'c'].map(worker));
  expect(session.snapshot.serial).toBeGreaterThan(2);
  expect((await readFile(journalPath(dir))).length).toBeLessThan(8000);
  const { snapshot, pending } = await store(dir).load();
  expect(snapshot?.workloads).toMatchObject({ a: { attributes: { n: 20 } }, b: { attributes: { n: 20 } } });
  expect(pending).toMatchObject([{ step: { id: 'create slow' } }]);
  await session.outcome(step('create', 'slow'), { ok: true, record: record('slow') });
  await session.close();
  expect((await store(dir).load()).pending).toEqual([]);
});

test('an append that fails starts nothing more, says why, and leaves what is on disk whole', async () => {
  const dir = await fresh();
  await seed(dir, record('web'), record('other'));
  let full = false;
  const fault = (point: string): void => {
    if (full && point === 'journal.write')
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  };
  const session = await store(dir, { fault }).session();
  const running = record('web', { state: 'RUNNING' });
  await session.intent({ step: step('start', 'web'), before: record('web'), after: running });
  full = true;
  const create = session.intent({ step: step('create', 'db'), before: null, after: record('db') });
  await expect(create).rejects.toMatchObject({ code: 'PJ3020' });
  full = false;
  // Even when there is space again: who runs on must not act on half a journal.
  await expect(session.intent({ step: step('create', 'x'), before: null, after: record('x') })).rejects.toMatchObject({
    code: 'PJ3020',
  });
  await expect(session.put('y', record('y'))).rejects.toMatchObject({ code: 'PJ3020' });
  expect(session.snapshot.workloads['y']).toBeUndefined();
  await expect(session.move('other', 'site')).rejects.toMatchObject({ code: 'PJ3020' });
  expect(Object.keys(session.snapshot.workloads).sort()).toEqual(['other', 'web']);
  // An outcome is a fact: it cannot be journalled, but the snapshot still takes it.
  await expect(session.outcome(step('start', 'web'), { ok: true, record: running })).rejects.toMatchObject({
    code: 'PJ3020',
  });
  expect(session.pending).toEqual([]);
  await session.close();
  const loaded = await store(dir).load();
  expect(loaded.pending).toEqual([]);
  expect(loaded.snapshot).toMatchObject({ serial: 2, workloads: { web: { state: 'RUNNING' } } });
});

test('a disk that is really full refuses the step, keeps the state, and carries on when there is space again', async () => {
  const dir = await fresh();
  if (process.getuid?.() !== 0) {
    if (process.env['CI'] !== undefined) throw new Error('in CI this test needs root, to mount a small tmpfs');
    console.warn('skipped: mounting a small tmpfs needs root');
    return;
  }
  const disk = join(dir, 'disk');
  await mkdir(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'pj-test', disk]);
  cleanups.push(() => execFileSync('umount', ['-l', disk]));
  await seed(disk, record('web'));
  const session = await store(disk).session();
  let told = 0;
  let refusal: PjError | undefined;
  while (refusal === undefined && told < 1000) {
    const id = `w${told}`;
    await session.intent({ step: step('create', id), before: null, after: record(id) }).then(
      () => {
        told += 1;
      },
      (error: PjError) => {
        refusal = error;
      },
    );
  }
  expect(refusal).toMatchObject({ code: 'PJ3020', exitCode: 1 });
  expect(told).toBeGreaterThan(5);
  // No room for a new snapshot or journal either: what was told stays where it is.
  await expect(session.close()).rejects.toMatchObject({ code: 'PJ3020' });
  const { snapshot, pending } = await store(disk).load();
  expect(snapshot).toMatchObject({ serial: 1, workloads: { web: {} } });
  expect(pending).toHaveLength(told);
  const filler = await readFile(journalPath(disk));
  expect(filler[filler.length - 1]).toBe(10);
  execFileSync('mount', ['-o', 'remount,size=512k', disk]);
  const next = await store(disk).session();
  expect(next.pending).toHaveLength(told);
  for (const { step: left } of next.pending) await next.outcome(left, { ok: false, record: null });
  await next.close();
  expect((await store(disk).load()).pending).toEqual([]);
});

test('a snapshot that cannot be written leaves the old one and the journal, and the next run folds it', async () => {
  const dir = await fresh();
  await seed(dir, record('web'));
  for (const point of ['snapshot.created', 'snapshot.written', 'snapshot.synced', 'snapshot.backed-up']) {
    const fault = (at: string): void => {
      if (at === point) throw Object.assign(new Error('input/output error'), { code: 'EIO' });
    };
    const session = await store(dir, { fault }).session();
    const serial = session.snapshot.serial;
    await session.put('web', record('web', { attributes: { point } }));
    await expect(session.close()).rejects.toMatchObject({ code: 'PJ3021' });
    expect((await store(dir).load()).snapshot).toMatchObject({
      serial: serial + 1,
      workloads: { web: { attributes: { point } } },
    });
    await (await store(dir).session()).close();
    expect((await store(dir).load()).snapshot?.serial).toBe(serial + 1);
  }
});

test('a rename takes along who depends on it, also when it is read back from the journal', async () => {
  const dir = await fresh();
  const edge = {
    id: 'db',
    condition: 'healthy' as const,
    optional: false,
    restart: true,
    source: 'reference' as const,
  };
  const leaf = { $sensitive: { parts: [{ workload: 'db', attribute: 'password' }], digest: 'd' } };
  await seed(
    dir,
    record('db'),
    record('web', { dependencies: [edge], spec: { env: { P: leaf as unknown as string } } }),
  );
  await killedAfter(dir, (session) => session.move('db', 'postgres'));
  const { snapshot } = await store(dir).load();
  expect(Object.keys(snapshot?.workloads ?? {}).sort()).toEqual(['postgres', 'web']);
  expect(snapshot?.workloads['postgres']?.id).toBe('postgres');
  expect(snapshot?.workloads['web']?.dependencies).toEqual([{ ...edge, id: 'postgres' }]);
  expect(snapshot?.workloads['web']?.spec).toEqual({
    env: { P: { $sensitive: { parts: [{ workload: 'postgres', attribute: 'password' }], digest: 'd' } } },
  });
});
