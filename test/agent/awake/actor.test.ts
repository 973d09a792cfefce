import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readActivity } from '../../../src/activity/read.ts';
import { openActor } from '../../../src/agent/awake/actor.ts';
import type { Act, Acted } from '../../../src/agent/awake/contract.ts';
import { instanceOf } from '../../../src/agent/awake/state-view.ts';
import { openProject } from '../../../src/index.ts';
import type { WorkloadRecord } from '../../../src/model/record.ts';
import { PJ, Scratch, until } from '../../support/pj.ts';

const KILL: Act = { action: 'kill', ids: ['web'], reason: 'memory over its quota' };

describe('what the agent has done by a pj of its own', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'pj-actor-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const actor = (program: string, deadline?: number) => {
    const pjEntry = join(dir, 'pj.mjs');
    writeFileSync(pjEntry, program);
    return openActor({ project: dir, pjEntry, log: () => undefined, ...(deadline === undefined ? {} : { deadline }) });
  };
  /** Notes what it is asked, and when it began and ended. */
  const NOTES = `
import { appendFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
const act = JSON.parse(await text(process.stdin));
appendFileSync('log', 'begin ' + act.ids[0] + ' ' + process.argv.slice(2).join(' ') + '\\n');
await new Promise((r) => setTimeout(r, 50));
appendFileSync('log', 'end ' + act.ids[0] + '\\n');
console.log(JSON.stringify({ ok: true, done: act.ids, failed: [], skipped: [] }));`;

  it('is one at a time, in order; the same request once more is the same one', async () => {
    const act = actor(NOTES);
    const asked = ['a', 'b', 'a'].map((id) => act({ ...KILL, ids: [id], reason: randomBytes(2).toString('hex') }));
    expect(asked[2]).toBe(asked[0]);
    expect((await Promise.all(asked)).map(({ done }) => done[0])).toEqual(['a', 'b', 'a']);
    const lines = readFileSync(join(dir, 'log'), 'utf8').trim().split('\n');
    expect(lines.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      'begin a',
      'end a',
      'begin b',
      'end b',
    ]);
    expect(lines[0]).toContain(`agent act --no-color --no-input --dir ${dir}`);
  });

  it('ends something before all that waits; each is told how long it may take', async () => {
    const act = actor(NOTES.replace('done: act.ids', 'done: [...act.ids, act.deadline]'), 60_000);
    const asked = (['restart', 'heal', 'start', 'stop', 'kill'] as const).map((action) =>
      act({ action, ids: [action], reason: 'r' }),
    );
    const acted = await Promise.all(asked);
    const order = readFileSync(join(dir, 'log'), 'utf8').matchAll(/begin (\w+)/g);
    expect([...order].map(([, id]) => id)).toEqual(['restart', 'kill', 'stop', 'heal', 'start']);
    // Later than the agent ends it itself.
    for (const { done } of acted) expect(done[1]).toBeGreaterThan(60_000);
  });

  it('asks right before whether it is still needed', async () => {
    const act = actor(NOTES);
    const first = act({ action: 'restart', ids: ['a'], reason: 'r' });
    let needed = true;
    const still = () => needed;
    const [kill, stop] = (['kill', 'stop'] as const).map((action) => act({ ...KILL, action, ids: [action] }, still));
    needed = false;
    expect((await first).done).toEqual(['a']);
    const skipped = (id: string) => ({ ok: true, done: [], failed: [], skipped: [id] });
    expect([await kill, await stop]).toEqual([skipped('kill'), skipped('stop')]);
    needed = true;
    expect((await act({ ...KILL, ids: ['b'] }, still)).done).toEqual(['b']);
  });

  it('refuses more than it can hold, and goes on after', async () => {
    const act = actor(NOTES);
    const first = act(KILL);
    const many = Array.from({ length: 201 }, (_, n) => act({ ...KILL, action: 'heal', ids: [`w${n}`] }));
    const last = await many.at(-1);
    const urgent = act({ ...KILL, ids: ['other'] });
    expect(last).toMatchObject({ ok: false, done: [], error: { code: 'PJ5702' } });
    expect((await first).ok).toBe(true);
    expect((await urgent).done).toEqual(['other']);
    // What waits is not done once its program is gone; that is told, not thrown.
    rmSync(join(dir, 'pj.mjs'));
    expect(await many[1]).toMatchObject({ ok: false, error: { code: 'PJ5702' } });
  }, 180_000);

  it.each([
    ['ends without a result', 'console.error("no such state"); process.exit(3)', /ended with 3: no such state/],
    ['prints something else', 'console.log(JSON.stringify({ ok: "yes" }))', /ended with 0/],
    ['is killed', 'process.kill(process.pid, "SIGKILL")', /SIGKILL/],
    ['hangs', 'setInterval(() => {}, 1000)', /did not end in time/],
  ])('says so where it %s', async (_, program, message) => {
    const acted = await actor(program, program.includes('setInterval') ? 300 : 30_000)(KILL);
    expect(acted).toMatchObject({ ok: false, done: [], failed: [], skipped: [] });
    expect(acted.error?.message).toMatch(message);
  });
});

describe('pj agent act', { timeout: 180_000 }, () => {
  let pj: Scratch;
  beforeEach(() => {
    pj = new Scratch({ 'pj.yaml': `name: a${randomBytes(4).toString('hex')}\n` });
    native('db', 'sleep', ['7001']);
    native('web', 'sleep', ['7002'], { dependencies: [{ id: 'db', condition: 'started' }] });
  });
  afterEach(() => pj.cleanUp());

  const native = (id: string, command: string, args: string[], more: object = {}) =>
    pj.write({ [`${id}.yaml`]: JSON.stringify({ applicationId: id, native: { command, args }, ...more }) });
  const act = (request: Act): Promise<Acted> =>
    openActor({ project: pj.dir, pjEntry: PJ, env: { ...process.env, ...pj.env }, log: () => undefined })(request);
  const record = async (id: string): Promise<WorkloadRecord> => {
    const snapshot = await openProject({ dir: pj.dir }).state.load();
    const found = snapshot?.workloads[id];
    if (found === undefined) throw new Error(`${id} is not recorded`);
    return found;
  };
  const pids = () => Object.fromEntries(pj.processes().map(({ id, pid }) => [id, pid]));

  it('stop: who depends goes first; the plan says who stopped it and why; another instance is left alone', async () => {
    await pj.ok(['apply', '--auto-approve']);
    const other = await act({
      action: 'stop',
      ids: ['db'],
      reason: 'cpu over its quota',
      instances: { db: 'another' },
    });
    expect(other).toEqual({ ok: true, done: [], failed: [], skipped: ['db'] });
    const instances = { db: instanceOf(await record('db')) };
    const acted = await act({ action: 'stop', ids: ['db'], reason: 'cpu over its quota', instances });
    expect(acted).toEqual({ ok: true, done: ['db', 'web'], failed: [], skipped: [] });
    expect(pids()).toEqual({});
    const steps: string[] = [];
    for await (const { type, data } of readActivity(pj.dir))
      if (type === 'step_complete') steps.push(String(data?.['step']));
    expect(steps.filter((step) => step.startsWith('stop'))).toEqual(['stop web', 'stop db']);
    const plan = (await pj.ok(['plan'])).stdout;
    expect(plan).toMatch(/stopped by the agent \(cpu over its quota\)/);
    expect(pj.read('.pj/audit.ndjson')).toContain('"agent: stop db (cpu over its quota)"');
    expect(await act({ action: 'restart', ids: ['web'], reason: 'unhealthy' })).toMatchObject({ skipped: ['web'] });
  });

  it('kill: at once, FAILED with the reason, left so by its supervisor and by a restart; an apply brings it back', async () => {
    native('web', 'sh', ['-c', 'trap "" TERM; while :; do sleep 1; done'], { stop: { gracePeriod: '40s' } });
    await pj.ok(['apply', '--auto-approve']);
    expect(await act({ ...KILL, ids: ['web'] })).toEqual({ ok: true, done: ['web'], failed: [], skipped: [] });
    expect(Object.keys(pids())).toEqual(['db']);
    const killed = await record('web');
    expect(killed).toMatchObject({ state: 'FAILED', desiredState: 'running', lastError: { code: 'PJ5701' } });
    expect(await act({ action: 'start', ids: ['web'], reason: 'dead' })).toMatchObject({ done: [], skipped: ['web'] });
    expect((await pj.ok(['plan'])).stdout).toContain('the agent killed it: memory over its quota');
    await pj.ok(['apply', '--auto-approve']);
    expect(Object.keys(pids()).sort()).toEqual(['db', 'web']);
    expect((await act({ ...KILL, ids: ['web'] })).done).toEqual(['web']);
  });

  it('restart: who depends with restart goes with it; what else it needs is left as somebody left it', async () => {
    native('web', 'sleep', ['7002'], { dependencies: [{ id: 'db', condition: 'started', restart: true }] });
    await pj.ok(['apply', '--auto-approve']);
    const before = pids();
    expect((await act({ action: 'restart', ids: ['db'], reason: 'unhealthy' })).done).toEqual(['db', 'web']);
    const after = pids();
    expect(after['db']).not.toBe(before['db']);
    expect(after['web']).not.toBe(before['web']);
    await pj.ok(['stop', 'db']);
    const refused = await act({ action: 'restart', ids: ['web'], reason: 'unhealthy' });
    expect(refused).toMatchObject({ ok: false, done: [] });
    expect(refused.failed[0]?.id).toBe('web');
    expect(pids()).toEqual({ web: after['web'] });
  });

  it('does not stop what it could not start again for want of a secret', async () => {
    pj.write({ 'pj.yaml': `${pj.read('pj.yaml')}secrets: { token: { env: ACT_TOKEN } }\n` });
    native('web', 'sleep', ['7002'], { env: { TOKEN: '${secret.token}' } });
    await pj.ok(['apply', '--auto-approve'], { ACT_TOKEN: randomBytes(12).toString('hex') });
    const before = pids();
    const refused = await act({ action: 'restart', ids: ['web'], reason: 'unhealthy' });
    expect(refused.failed).toEqual([{ id: 'web', code: 'PJ5302', message: expect.stringContaining('token') }]);
    expect(pids()).toEqual(before);
  });

  it('breaks itself off after its deadline, with no agent to do it, and leaves a state that is whole', async () => {
    native('web', 'sh', ['-c', 'trap "" TERM; while :; do sleep 0.1; done'], {
      dependencies: [{ id: 'db', condition: 'started' }],
      stop: { gracePeriod: '4s' },
    });
    await pj.ok(['apply', '--auto-approve']);
    const child = spawn(process.execPath, [PJ, 'agent', 'act', '--dir', pj.dir], {
      env: { ...process.env, ...pj.env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin.end(JSON.stringify({ action: 'stop', ids: ['db'], reason: 'cpu over its quota', deadline: 1_000 }));
    const out = text(child.stdout);
    const code = await new Promise((resolve) => child.on('close', resolve));
    // SIGTERM's, as if somebody had asked it to end.
    expect(code).toBe(143);
    // Which of them depends on how far it came; db waits for 4 s for web.
    expect(Object.keys(pids())).toContain('db');
    expect(JSON.parse(await out)).toMatchObject({ ok: false });
    expect(existsSync(join(pj.dir, '.pj/lock.json'))).toBe(false);
    await pj.ok(['apply', '--auto-approve']);
    expect(Object.keys(pids()).sort()).toEqual(['db', 'web']);
  });

  it('waits for whoever holds the lock', async () => {
    native('web', 'sh', ['-c', 'trap "" TERM; while :; do sleep 0.1; done'], { stop: { gracePeriod: '2s' } });
    await pj.ok(['apply', '--auto-approve']);
    const stop = pj.start(['stop', 'web']);
    await until('the lock', () => existsSync(join(pj.dir, '.pj/lock.json')));
    expect(await act({ ...KILL, ids: ['db'] })).toMatchObject({ ok: true, done: ['db'] });
    expect((await stop.done).code).toBe(0);
    expect(pj.read('.pj/events.ndjson')).toContain('"lock_waited"');
  });
});
