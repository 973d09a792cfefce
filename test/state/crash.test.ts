import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundle } from './children/bundle.ts';
import { project, record, store } from './samples.ts';

let program: Awaited<ReturnType<typeof bundle>>;
beforeAll(async () => {
  program = await bundle('writer');
});
afterAll(() => program.clean());

/** What a writer told: per workload the highest number with a durable intent and with a durable outcome. */
interface Told {
  intents: Map<string, number>;
  outcomes: Map<string, number>;
}

/** Runs the writer until it ends or is killed `killAfter` ms after it was ready. */
async function run(dir: string, told: Told, how: { rounds: number; killAfter?: number; crashAt?: number }) {
  const env = { ...process.env, ...(how.crashAt === undefined ? {} : { PJ_CRASH_AT: String(how.crashAt) }) };
  const child = spawn(process.execPath, [program.file, dir, String(how.rounds)], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // What an earlier run intended may have been settled by this one before it was killed in its turn.
  told.intents.clear();
  let out = '';
  let errors = '';
  child.stderr.on('data', (data: Buffer) => {
    errors += data.toString();
  });
  child.stdout.on('data', (data: Buffer) => {
    const ready = out === '';
    out += data.toString();
    if (ready && how.killAfter !== undefined) setTimeout(() => child.kill('SIGKILL'), how.killAfter);
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  for (const line of out.split('\n').slice(0, -1)) {
    const [what, id = '', n = '0'] = line.split(' ');
    if (what === 'intent') told.intents.set(id, Number(n));
    if (what === 'outcome') told.outcomes.set(id, Number(n));
  }
  return { code, signal, errors };
}

/** Nothing that was told durable is lost, nothing is there that was never asked for, nothing is corrupt. */
async function verify(dir: string, told: Told): Promise<void> {
  const { snapshot, pending } = await store(dir).load();
  for (const id of ['a', 'b', 'c', 'd']) {
    const durable = told.outcomes.get(id) ?? 0;
    const recorded = Number(snapshot?.workloads[id]?.attributes['n'] ?? 0);
    expect(recorded, `${id} after ${durable}`).toBeGreaterThanOrEqual(durable);
    expect(recorded, `${id} after ${durable}`).toBeLessThanOrEqual(durable + 1);
    const intended = told.intents.get(id) ?? 0;
    const open = pending.find((intent) => intent.step.workload === id);
    if (intended > recorded) expect(open?.after?.attributes['n'], `intent of ${id}`).toBe(intended);
    if (open !== undefined) expect(open.before?.attributes['n'] ?? 0).toBe(recorded);
    // What the state says is where the next run goes on from.
    told.outcomes.set(id, recorded);
  }
}

/** Temporary files and claims of killed processes are removed once they are a minute old. */
async function litter(dir: string): Promise<string[]> {
  return (await readdir(join(dir, '.pj'))).filter(
    (name) => !/^(state\.json|backups|\.gitignore|.*\.(tmp|claim))$/.test(name),
  );
}

test('killed at every boundary between two system calls, the state is whole and nothing durable is lost', async () => {
  let crashes = 0;
  for (let crashAt = 1; ; crashAt += 1) {
    const { dir, clean } = await project();
    try {
      const told: Told = { intents: new Map(), outcomes: new Map() };
      // Two rounds: the second one has an older generation to keep.
      const { code, signal, errors } = await run(dir, told, { rounds: 2, crashAt });
      await verify(dir, told);
      // Whoever comes next takes over the lock, carries on, and leaves nothing behind.
      const next = await store(dir).session();
      for (const { step, before } of next.pending) await next.outcome(step, { ok: false, record: before });
      await next.put('e', record('e'));
      await next.close();
      expect((await store(dir).load()).pending).toEqual([]);
      expect(await litter(dir)).toEqual([]);
      if (signal === null) {
        expect(code, errors).toBe(0);
        break;
      }
      expect(signal).toBe('SIGKILL');
      crashes += 1;
    } finally {
      await clean();
    }
  }
  console.log(`killed at ${crashes} boundaries`);
  expect(crashes).toBeGreaterThan(40);
}, 300_000);

test('killed at 200 random instants, the state is whole and nothing durable is lost', async () => {
  const kills = await Promise.all(
    [1, 2, 3, 4].map(async () => {
      const { dir, clean } = await project();
      let killed = 0;
      try {
        const told: Told = { intents: new Map(), outcomes: new Map() };
        for (let i = 0; i < 52; i += 1) {
          const { signal, errors } = await run(dir, told, { rounds: 0, killAfter: Math.random() * 80 });
          expect(errors).toBe('');
          if (signal === 'SIGKILL') killed += 1;
          await verify(dir, told);
        }
        expect((await readdir(join(dir, '.pj', 'backups'))).length).toBeLessThanOrEqual(4);
      } finally {
        await clean();
      }
      return killed;
    }),
  );
  const total = kills.reduce((sum, one) => sum + one, 0);
  console.log(`killed at ${total} random instants`);
  expect(total).toBeGreaterThanOrEqual(200);
}, 300_000);
