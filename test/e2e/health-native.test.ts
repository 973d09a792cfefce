import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort, Scratch, until } from '../support/pj.ts';
import { eventsOf } from '../support/quotas.ts';

/** Answers 200, or 500 as long as there is a file `sick`; its health check asks it. */
const SERVER = `
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
createServer((_, answer) => {
  answer.writeHead(existsSync('sick') ? 500 : 200);
  answer.end('so it is');
}).listen(Number(process.argv[2]), '127.0.0.1');
`;

describe('health that is watched', { timeout: 180_000 }, () => {
  let pj: Scratch;
  let port: number;
  beforeEach(async () => {
    port = await freePort();
    pj = new Scratch({
      'pj.yaml': `name: h${randomBytes(4).toString('hex')}\nagent: { sampling: { interval: 200ms } }\n`,
      'server.mjs': SERVER,
    });
  });
  afterEach(() => pj.cleanUp());

  const web = (restart: object, more: object = {}): void =>
    pj.write({
      'web.yaml': JSON.stringify({
        applicationId: 'web',
        native: { command: process.execPath, args: ['server.mjs', String(port)] },
        healthCheck: {
          ...{ type: 'http', url: `http://127.0.0.1:${port}/`, interval: '200ms', timeout: '2s' },
          ...{ retries: 2, startPeriod: '3s' },
        },
        stop: { gracePeriod: '2s' },
        restart,
        ...more,
      }),
    });
  const dependent = (id: string, restart: boolean): void =>
    pj.write({
      [`${id}.yaml`]: JSON.stringify({
        applicationId: id,
        native: { command: 'sleep', args: ['9999'] },
        dependencies: [{ id: 'web', condition: 'healthy', restart }],
      }),
    });
  const sick = (): void => writeFileSync(join(pj.dir, 'sick'), '');
  const well = (): void => rmSync(join(pj.dir, 'sick'), { force: true });
  const pids = () => Object.fromEntries(pj.processes().map(({ id, pid }) => [id, pid]));
  const event = (
    type: NonNullable<Parameters<typeof eventsOf>[1]>,
    test: (one: ReturnType<typeof eventsOf>[number]) => boolean = () => true,
  ) => until(`${type}`, () => eventsOf(pj, type).find((one) => one.workload === 'web' && test(one)), 60_000);

  it('unhealthy: restarted, with those that depend with restart alone; the plan has nothing to say then', async () => {
    web({ policy: 'on-failure', delay: '100ms', maxAttempts: 3 });
    dependent('follows', true);
    dependent('stays', false);
    await pj.ok(['apply', '--auto-approve']);
    const before = pids();
    sick();
    const { message } = await event('health_changed', (one) => one.data?.['health'] === 'unhealthy');
    expect(message).toContain('500');
    await until('the first process to end', () => pids()['web'] !== before['web']);
    well();
    await event('workload_restarted');
    await event('health_changed', (one) => one.data?.['health'] === 'healthy');
    const after = await until('all three', () => (Object.keys(pids()).length === 3 ? pids() : undefined));
    expect(after['follows']).not.toBe(before['follows']);
    expect(after['stays']).toBe(before['stays']);
    expect(pj.read('.pj/audit.ndjson')).toMatch(/"agent: restart web \(unhealthy: /);
    await pj.ok(['plan', '--detailed-exitcode']);
  });

  it('given up after its attempts, flapping told, kept over a kill -9 of the agent; an apply begins anew', async () => {
    web({ policy: 'always', delay: '50ms', maxDelay: '200ms', maxAttempts: 2 }, { stop: { gracePeriod: '1s' } });
    await pj.ok(['apply', '--auto-approve']);
    sick();
    await event('health_changed', (one) => one.data?.['health'] === 'unhealthy');
    await until('an attempt', () => /"attempts":[12]/.test(pj.read('.pj/agent/awake.json')), 60_000);
    for (const pid of pj.agents()) process.kill(pid, 'SIGKILL');
    await until('the agent is gone', () => pj.agents().length === 0 || undefined);
    await until('the lock to be free', async () => (await pj.pj(['agent', 'start'])).code === 0);
    const log = await until('what was taken up', () => {
      const text = pj.read('.pj/logs/agent.log');
      return text.includes('taken up again') ? text : undefined;
    });
    expect(log).toMatch(/web: taken up again: unhealthy \(.*restarts? in a row/);
    const { data } = await event('workload_given_up');
    expect(data?.['attempts']).toBe(2);
    const status = JSON.parse((await pj.pj(['status', '--json'])).stdout);
    expect(JSON.stringify(status)).toMatch(/unhealthy/);
    well();
    await pj.ok(['apply', '--auto-approve']);
    await pj.ok(['plan', '--detailed-exitcode']);
  });

  it('a check with a secret is made with what the agent knows; a restart that lacks it is given up and stops nothing', async () => {
    const secret = randomBytes(12).toString('hex');
    pj.write({
      'pj.yaml': `${pj.read('pj.yaml')}secrets: { token: { env: HEALTH_TOKEN } }\n`,
      'web.yaml': JSON.stringify({
        applicationId: 'web',
        native: { command: 'sleep', args: ['9999'] },
        env: { TOKEN: '${secret.token}' },
        healthCheck: {
          ...{
            type: 'exec',
            command: ['/bin/sh', '-c', `test "$TOKEN" = ${secret.slice(0, 4)}"${secret.slice(4)}" && test ! -e sick`],
          },
          ...{ interval: '200ms', timeout: '5s', retries: 2, startPeriod: '3s' },
        },
        restart: { policy: 'always', delay: '100ms' },
      }),
    });
    await pj.ok(['apply', '--auto-approve'], { HEALTH_TOKEN: secret });
    const before = pids();
    // Probed a few times, and still well.
    await until('some probes', () => pj.read('.pj/events.ndjson').includes('apply_complete'));
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(eventsOf(pj, 'health_changed')).toEqual([]);
    sick();
    expect((await event('workload_given_up')).message).toContain('token');
    expect(pids()).toEqual(before);
  });

  it('a process that dies again and again: its end, its restarts, and that it flaps are told', async () => {
    pj.write({
      'web.yaml': JSON.stringify({
        applicationId: 'web',
        native: { command: 'sh', args: ['-c', 'sleep 0.3; exit 3'] },
        monitoring: { enabled: true },
        restart: { policy: 'always', delay: '50ms', maxDelay: '100ms', maxAttempts: 4 },
      }),
    });
    await pj.ok(['apply', '--auto-approve']);
    expect((await event('workload_ended')).data).toMatchObject({ code: 3 });
    expect((await event('workload_restarted')).data).toMatchObject({ attempt: 1 });
    await event('flapping');
    expect((await event('workload_given_up')).message).toContain('given up after 4 restarts');
  });
});
