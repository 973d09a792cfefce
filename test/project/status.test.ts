import { afterEach, describe, expect, it } from 'vitest';
import { freePort, until } from '../support/pj.ts';
import { failure, type Opened, opened, sleeper } from './ground.ts';

let here: Opened | undefined;
afterEach(async () => {
  await here?.pj.cleanUp();
  here = undefined;
});

const statusOf = async (o: Opened, id: string) => (await o.project.status([id]))[0];

describe('status', () => {
  it('of an id that the state does not know is an error that names the nearest', async () => {
    const o = opened({ 'web.yaml': 'applicationId: web\nexternal: { address: 192.0.2.1 }\n' });
    here = o;
    await o.project.apply();
    const unknown = await failure(o.project.status(['wep']));
    expect(unknown).toMatchObject({ code: 'PJ6091', message: expect.stringContaining('web') });
    expect(await failure(o.project.status(['constructor']))).toMatchObject({ code: 'PJ6091' });
    expect(await o.project.status(['web'])).toHaveLength(1);
  });

  it('asks the health check now: unhealthy when it should run and does not, nothing of the kind when it was stopped', async () => {
    const health = 'healthCheck: { type: exec, command: [test, -e, well], interval: 50ms }\n';
    const o = opened({ well: '', 'a.yaml': sleeper('a', health), 'c.yaml': sleeper('c') });
    here = o;
    await o.project.apply();
    // A machine that stands still for a moment makes a check late.
    await expect
      .poll(() => statusOf(o, 'a'))
      .toMatchObject({ state: 'RUNNING', health: 'healthy', pid: expect.any(Number) });
    expect(await statusOf(o, 'c')).toMatchObject({ state: 'RUNNING', health: 'none' });
    await o.project.stop(['a']);
    expect(await statusOf(o, 'a')).toMatchObject({ state: 'STOPPED', health: 'none' });
    expect(await statusOf(o, 'a')).not.toHaveProperty('pid');
    await o.project.start(['a']);
    const pid = (await statusOf(o, 'a'))?.pid ?? 0;
    process.kill(pid, 'SIGKILL');
    const down = await until('its end', async () => {
      const seen = await statusOf(o, 'a');
      return seen?.pid === pid ? undefined : seen;
    });
    // The agent starts it again: whichever of the two was seen, it is told as it was.
    if (down.state !== 'RUNNING') expect(down).toMatchObject({ state: 'RESTARTING', health: 'unhealthy' });
  });

  it('tells one that is about to be started again from one that was given up', async () => {
    const crash = (more: string) =>
      `native: { command: /bin/sh, args: ["-c", "sleep 0.1; exit 3"] }\nrestart: { policy: on-failure, ${more} }\n`;
    const o = opened({
      'a.yaml': `applicationId: again\n${crash('delay: 1h, maxDelay: 1h')}`,
      'b.yaml': `applicationId: ended\n${crash('delay: 1ms, maxAttempts: 1')}`,
    });
    here = o;
    await o.project.apply();
    const again = await until('the pause', async () => {
      const seen = await statusOf(o, 'again');
      return seen?.state === 'RUNNING' ? undefined : seen;
    });
    expect(again).toMatchObject({ state: 'RESTARTING', detail: expect.stringContaining('exited 3') });
    const ended = await until('the end', async () => {
      const seen = await statusOf(o, 'ended');
      return seen?.state === 'FAILED' ? seen : undefined;
    });
    expect(ended.detail).toContain('exited 3');
  });

  it('looks where a sensitive value is needed only as far as it can', async () => {
    const port = await freePort();
    const o = opened({
      'db.yaml': `applicationId: db\nexternal: { address: "\${env.DB}" }\nhealthCheck: { type: tcp, port: ${port}, startPeriod: 0, retries: 1, timeout: 1 }\n`,
    });
    here = o;
    const project = o.again({ env: { ...process.env, ...o.pj.env, DB: '127.0.0.1' } });
    expect((await project.apply()).outcome).toBe('partial');
    // Nobody listens; whether that is still so cannot be asked without the address.
    expect(await statusOf(o, 'db')).toMatchObject({ health: 'unhealthy' });
  });
});
