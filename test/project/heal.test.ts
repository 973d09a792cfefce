import { afterEach, describe, expect, it } from 'vitest';
import { instanceOf } from '../../src/agent/awake/state-view.ts';
import { healRun } from '../../src/project/heal.ts';
import { withRun } from '../../src/project/run.ts';
import { freePort, until } from '../support/pj.ts';
import { environment, failure, type Opened, opened, sleeper, storeOf } from './ground.ts';

let here: Opened | undefined;
afterEach(async () => {
  await here?.pj.cleanUp();
  here = undefined;
});

const NO_RESTART = 'restart: { policy: "no" }\n';
const pidOf = (o: Opened, id: string): number | undefined => o.pj.processes().find((one) => one.id === id)?.pid;
async function kill(o: Opened, ...ids: string[]): Promise<void> {
  for (const id of ids) process.kill(pidOf(o, id) ?? 0, 'SIGKILL');
  await until('they are told as dead', async () => {
    const dead = (await o.project.drift()).map(({ id }) => id);
    return ids.every((id) => dead.includes(id));
  });
}
const started = (o: Opened): string[] =>
  o.events.flatMap((event) => (event.type === 'step_complete' ? [event.step.id] : []));

describe('heal', () => {
  it('brings back what died, in order and on health, by what is recorded and not by what descriptors say', async () => {
    const port = await freePort();
    const program = `setTimeout(() => require('net').createServer().listen(${port}, '127.0.0.1'), 200)`;
    const server = (id: string, more: string) =>
      `applicationId: ${id}\nnative: { command: ${process.execPath}, args: ["-e", "${program}"] }\nhealthCheck: { type: tcp, port: ${port}, interval: 0.1, timeout: 5, retries: 600 }\n${NO_RESTART}${more}`;
    const o = opened({
      'db.yaml': server('db', ''),
      'web.yaml': sleeper('web', `${NO_RESTART}dependencies: [{ id: db, condition: healthy }]\n`),
      'other.yaml': sleeper('other', NO_RESTART),
    });
    here = o;
    await o.project.apply();
    const other = pidOf(o, 'other');
    await kill(o, 'web', 'db');
    // None of this is applied yet: it is nobody's drift.
    o.pj.write({
      'other.yaml': sleeper('other', `${NO_RESTART}env: { A: b }\n`),
      'new.yaml': sleeper('new'),
      'web.yaml': 'applicationId: [',
    });
    o.events.length = 0;
    const healed = await o.project.heal({ reason: 'drift' });
    expect(healed).toMatchObject({ ok: true, done: ['db', 'web'], failed: [], skipped: [], left: {} });
    expect(started(o)).toEqual(['start db', 'wait db', 'start web']);
    expect(pidOf(o, 'other')).toBe(other);
    expect(await o.project.drift()).toEqual([]);
    expect(o.audit().at(-1)).toMatchObject({ operation: 'heal (drift)', result: 'ok' });
    expect(await o.project.heal()).toMatchObject({ ok: true, done: [], applied: { outcome: 'none' } });
  });

  it('leaves what was stopped, what is done, and what it was not asked for', async () => {
    const o = opened({
      'a.yaml': sleeper('a', NO_RESTART),
      'b.yaml': sleeper('b', NO_RESTART),
      'c.yaml': sleeper('c', NO_RESTART),
    });
    here = o;
    o.pj.write({ 'job.yaml': sleeper('job') });
    await o.project.apply();
    await o.project.stop(['a']);
    await kill(o, 'b', 'c');
    expect(await o.project.heal({ ids: ['b', 'nobody'] })).toMatchObject({
      done: ['b'],
      skipped: ['nobody'],
      ok: true,
    });
    expect(await o.project.heal({ ids: ['nobody'] })).toMatchObject({ done: [], skipped: ['nobody'] });
    expect(
      o.pj
        .processes()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(['b', 'job']);
    const { snapshot } = await storeOf(o.pj).load();
    const record = snapshot?.workloads['c'];
    if (record === undefined) throw new Error('no record');
    expect(await o.project.heal({ instances: { c: 'another' } })).toMatchObject({ done: [], skipped: ['c'] });
    expect(await o.project.heal({ instances: { c: instanceOf(record) } })).toMatchObject({ done: ['c'] });
  });

  it('skips what its supervisor is about to start again: it neither heals it nor leaves it for good', async () => {
    const o = opened({ 'a.yaml': sleeper('a', 'restart: { policy: always, delay: 10m, maxDelay: 10m }\n') });
    here = o;
    await o.project.apply();
    await kill(o, 'a');
    const healed = await o.project.heal({ ids: ['a'] });
    expect(healed).toMatchObject({ ok: true, done: [], failed: [], skipped: ['a'], left: {} });
    expect(pidOf(o, 'a')).toBeUndefined();
  });

  it('does not start a workload on a secret that nobody has; the others go on, and after a reboot the state says so', async () => {
    const o = opened({
      'pj.yaml': 'secrets: { token: { env: TOKEN } }\n',
      'a.yaml': sleeper('a', `${NO_RESTART}env: { TOKEN: "\${secret.token}" }\n`),
      'b.yaml': sleeper('b', `${NO_RESTART}dependencies: [a]\n`),
      'c.yaml': sleeper('c', NO_RESTART),
    });
    here = o;
    const env = environment(o.pj, { TOKEN: 'a-long-token' });
    await o.again({ env }).apply();
    await kill(o, 'a', 'b', 'c');
    const failed = [{ id: 'a', code: 'PJ5302', message: 'secret token is not available here: run pj apply' }];
    const state = async () => (await storeOf(o.pj).load()).snapshot?.workloads['a'];
    const first = await o.project.heal();
    expect(first).toMatchObject({ ok: false, done: ['c'], failed });
    expect(first.left['b']).toMatch(/depends on a/);
    expect((await state())?.state).toBe('RUNNING');
    await o.project.heal({ reason: 'reboot' });
    expect(await state()).toMatchObject({ state: 'FAILED', lastError: { code: 'PJ5302' } });
    expect((await o.again({ env }).apply()).outcome).toBe('ok');
    expect(
      o.pj
        .processes()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(['a', 'b', 'c']);
    expect(JSON.stringify(o.audit())).not.toContain('a-long-token');
  });

  it('does not apply a secret that has another value by now', async () => {
    const o = opened({
      'pj.yaml': 'secrets: { token: { env: TOKEN } }\n',
      'a.yaml': sleeper('a', `${NO_RESTART}env: { TOKEN: "\${secret.token}" }\n`),
    });
    here = o;
    await o.again({ env: environment(o.pj, { TOKEN: 'a-long-token' }) }).apply();
    await kill(o, 'a');
    const other = o.again({ env: environment(o.pj, { TOKEN: 'another-token' }) });
    expect(await other.heal()).toMatchObject({ ok: false, done: [], failed: [{ id: 'a', code: 'PJ4002' }] });
    expect(pidOf(o, 'a')).toBeUndefined();
  });

  it('tells what ends all of it as an error, and does nothing while another is at work', async () => {
    const o = opened({ 'a.yaml': sleeper('a', NO_RESTART) });
    here = o;
    await o.project.apply();
    await kill(o, 'a');
    const session = await storeOf(o.pj).open({
      operation: 'apply',
      lockTimeout: 0,
      emit: () => undefined,
      signal: new AbortController().signal,
    });
    try {
      expect(await failure(o.project.heal())).toMatchObject({ code: expect.stringMatching(/^PJ30/) });
      const told = await withRun({ dir: o.pj.dir, env: environment(o.pj) }, { keepKey: true }, (run) =>
        healRun(run, { safe: true, reason: 'drift', lockTimeout: 0 }),
      );
      expect(told).toMatchObject({ ok: false, done: [], error: { code: expect.stringMatching(/^PJ30/) } });
    } finally {
      await session.close();
    }
  });
});
